namespace Emotion.TextService;

/// <summary>What the edge needs beside the model.</summary>
public static class TranscriptionServices
{
    public static void AddTranscription(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TextServiceOptions>().BindConfiguration(TextServiceOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<CallLimiter>();
    }
}
