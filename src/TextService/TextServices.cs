using Emotion.Inference.Hosting;
using Emotion.Inference.Text;
using Emotion.Serving;

namespace Emotion.TextService;

/// <summary>What the edges need beside the model, and where they are.</summary>
public static class TextServices
{
    public static void AddTextServices(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TextServiceOptions>().BindConfiguration(TextServiceOptions.Section).ValidateDataAnnotations()
            .Validate(text => text.WorkFolder.Length == 0 || Directory.Exists(text.WorkFolder), "TextService:WorkFolder is no folder that is there.")
            .ValidateOnStart();
        builder.AddCallLimits<CallLimits>();
        builder.Services.Configure<ModelHostOptions>(host => host.Optional = true); // Releases need no text model.
    }

    public static void MapTextServices(this WebApplication app)
    {
        app.MapModelService<TextModel, TranscriberService>();
        app.MapGrpcService<TextClassifierService>();
    }
}
