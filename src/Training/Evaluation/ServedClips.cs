using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.Training.Evaluation;

/// <summary>Whole clips through the code that serves them, in this process: probe, split, decode, faces, tracks, windows.</summary>
public sealed class ServedClips(ReleaseClipWindow window) : IDisposable
{
    private readonly FFMpegGuard _guard = new(new MediaOptions());
    private readonly ClipWindowSpec _window = new() { LengthSeconds = window.LengthSeconds, MinimumTailSeconds = window.MinimumTailSeconds };

    /// <exception cref="MediaRefusedException">The clip cannot be read, or only in part.</exception>
    public async Task<SequenceResult> ReadAsync(VideoModel model, string path, CancellationToken cancellationToken)
    {
        var analyzer = new SegmentAnalyzer(new SegmentDecoder(_guard), Options.Create(new SegmentOptions()));
        var probe = await new MediaProbe(_guard).ProbeAsync(path, cancellationToken);
        var run = model.StartSequence(ClipWindows.Cut(probe.Seconds, _window), TrackOptions.Plain);
        await using var split = new ClipSplitter(_guard).Start(path, probe, cancellationToken);
        await foreach (var segment in split.ReadSegmentsAsync(cancellationToken))
        {
            var found = await analyzer.AnalyzeAsync(
                model, segment.Path, segment.Container, segment.KeyFrameSeconds, segment.StartSeconds, segment.EndSeconds, cancellationToken);
            foreach (var frame in found.Frames)
            {
                run.Add(frame with { Segment = (uint)segment.Index });
            }
        }

        return run.Finish();
    }

    /// <summary>What is said of the clip's first face, the largest and longest; null where no face was read.</summary>
    public async Task<float[]?> PosteriorAsync(VideoModel model, string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await ReadAsync(model, path, cancellationToken)).Tracks is [{ Posterior.Length: > 0 } face, ..] ? face.Posterior : null;
        }
        catch (MediaRefusedException)
        {
            return null;
        }
    }

    public void Dispose() => _guard.Dispose();
}
