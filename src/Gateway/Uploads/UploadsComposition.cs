namespace Emotion.Gateway.Uploads;

/// <summary>Who takes clips that come in pieces.</summary>
internal static class UploadsComposition
{
    public static void AddUploads(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<UploadOptions>().BindConfiguration(UploadOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<UploadStore>();
        builder.Services.AddHostedService<UploadSweeper>();
    }
}
