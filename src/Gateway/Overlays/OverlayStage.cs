using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Overlays;

/// <summary>Draws an answer on its clip, while that is still there. What cannot be drawn takes no answer away.</summary>
public sealed partial class OverlayStage(OverlayEncoder encoder, OverlayStore store, DiskRoom room, IOptions<OverlayOptions> options, ILogger<OverlayStage> logger)
{
    private readonly OverlayOptions _options = options.Value;

    /// <param name="answer">All of it, whatever of it the caller gets.</param>
    public async Task<OverlayAnswer> RunAsync(AnalysisJob job, ClipProbe clip, Analysis answer, CancellationToken cancellationToken)
    {
        if (clip.Picture is not { } picture)
        {
            return Failed("no-picture: There is nothing to draw on.");
        }

        if (clip.Seconds > _options.MaximumSeconds)
        {
            return Failed($"too-long: Clips of at most {_options.MaximumSeconds} seconds are drawn on.");
        }

        if (!room.IsLeft)
        {
            return Failed("disk-full: The gateway's disk has no room for more.");
        }

        try
        {
            var canvas = OverlayCanvas.Of(picture, _options.MaximumHeight);
            var (script, output) = (job.Folder.PathOf("overlay.ass"), job.Folder.PathOf("overlay.mp4"));
            await File.WriteAllTextAsync(script, new OverlayDrawing(answer, canvas, _options.MaximumFaces).Draw(), cancellationToken);
            var limits = new OverlayLimits(_options.MaximumHeight, _options.MaximumBytes, _options.Deadline);
            await encoder.EncodeAsync(job.Clip.Path, clip, canvas, script, output, limits, cancellationToken);
            await store.PutAsync(job.Id, output, cancellationToken);
            return new OverlayAnswer(OverlayStatus.Made, null);
        }
        catch (MediaRefusedException refused)
        {
            cancellationToken.ThrowIfCancellationRequested(); // A process that was killed for it says nothing about the clip.
            LogNotDrawn(job.Id, refused.Reason.ToString(), refused.Message);
            return Failed($"{Refusal.OfMedia(refused).Reason}: {refused.Message}");
        }
        catch (Exception failure)
        {
            cancellationToken.ThrowIfCancellationRequested(); // A store that takes too long ends as if it had been cancelled, too.
            LogNotStored(job.Id, failure);
            return Failed("not-stored: The clip with its answer on it could not be written where it is kept; the gateway's log says why.");
        }
    }

    private static OverlayAnswer Failed(string reason) => new(OverlayStatus.Failed, reason);

    [LoggerMessage(LogLevel.Warning, "The answer of {Id} is not drawn on its clip: {Reason}. {Detail}")]
    private partial void LogNotDrawn(string id, string reason, string detail);

    [LoggerMessage(LogLevel.Error, "The clip of {Id} with its answer on it is not kept")]
    private partial void LogNotStored(string id, Exception failure);
}
