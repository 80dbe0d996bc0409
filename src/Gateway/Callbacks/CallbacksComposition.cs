namespace Emotion.Gateway.Callbacks;

/// <summary>Who tells the receivers of callbacks.</summary>
internal static class CallbacksComposition
{
    public static void AddCallbacks(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CallbackOptions>().BindConfiguration(CallbackOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<CallbackAddress>();
        builder.Services.AddSingleton<CallbackClient>();
        builder.Services.AddSingleton<DeliveryStore>();
        builder.Services.AddHostedService<CallbackSender>();
    }
}
