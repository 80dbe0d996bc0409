using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Media;

public static class MediaServices
{
    /// <summary>Registers probe, splitter and decoders as singletons, over options of section <c>Media</c> checked at start.</summary>
    public static IServiceCollection AddMedia(this IServiceCollection services)
    {
        services.AddOptions<MediaOptions>().BindConfiguration(MediaOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(provider => new FFMpegGuard(provider.GetRequiredService<IOptions<MediaOptions>>().Value));
        services.AddSingleton<MediaProbe>();
        services.AddSingleton<ClipSplitter>();
        services.AddSingleton<SegmentDecoder>();
        services.AddSingleton<AudioDecoder>();
        services.AddSingleton<PictureDecoder>();
        services.AddSingleton<SubtitleReader>();
        services.AddSingleton<OverlayEncoder>();
        return services;
    }
}
