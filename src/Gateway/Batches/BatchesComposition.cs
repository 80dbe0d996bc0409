namespace Emotion.Gateway.Batches;

/// <summary>Who takes many clips in one request.</summary>
internal static class BatchesComposition
{
    public static void AddBatches(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<BatchOptions>().BindConfiguration(BatchOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<BatchStore>();
        builder.Services.AddSingleton<BatchReceiver>();
        builder.Services.AddSingleton<BatchIntake>();
        builder.Services.AddSingleton<BatchEnding>();
    }
}
