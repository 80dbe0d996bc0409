using System.Diagnostics;
using Emotion.Media;
using FFMpegCore;

namespace Emotion.ScaleBench.Measuring;

/// <summary>What ffmpeg and ffprobe take, executed or kept ready: to be started and do nothing, and to read a clip whole.</summary>
internal sealed class FfmpegStart(bool ready) : IDisposable
{
    // Until then code is compiled, and the tool is loaded that is kept ready.
    private const int WarmUp = 5;

    private readonly FFMpegGuard _guard = new(new MediaOptions { KeepToolsReady = ready, ReadyStarts = 1_000_000 });

    /// <summary>Whether all that was measured was started as it was to be.</summary>
    public bool IsAsAsked => _guard.Tools.Jobs(ReadyTools.FFMpeg) > 0 == ready;

    /// <summary>Of one start, with the launcher or what asks the one that is ready; nothing is read.</summary>
    public Task<ToolCost> StartAsync(int times, CancellationToken cancellationToken) => MeasureAsync(
        times,
        () => _guard.RunAsync(
            "start",
            null,
            input => FFMpegArguments.FromFileInput(input, false, options => options.WithCustomArgument("-version")).OutputToFile("-", true),
            _guard.Options.ProcessDeadline,
            cancellationToken));

    /// <summary>Of a clip: probed, sound taken out, cut, each segment decoded to 5 small pictures a second.</summary>
    public Task<ToolCost> ReadAsync(string path, int times, CancellationToken cancellationToken) => MeasureAsync(times, async () =>
    {
        var probe = await new MediaProbe(_guard).ProbeAsync(path, cancellationToken);
        await using var clip = new ClipSplitter(_guard).Start(path, probe, cancellationToken);
        await foreach (var segment in clip.ReadSegmentsAsync(cancellationToken))
        {
            await foreach (var frame in new SegmentDecoder(_guard).DecodeAsync(segment, new PictureSampling(5, 320), cancellationToken))
            {
                frame.Dispose();
            }
        }

        await clip.Completion;
    });

    public void Dispose() => _guard.Dispose();

    private static async Task<ToolCost> MeasureAsync(int times, Func<Task> run)
    {
        for (var i = 0; i < WarmUp; i++)
        {
            await run();
        }

        var (before, start) = (Children(), Stopwatch.GetTimestamp());
        for (var i = 0; i < times; i++)
        {
            await run();
        }

        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds / times;
        return new ToolCost((Children() - before) / times, seconds);
    }

    private static double Children() => RunningSystem.CoreSeconds(Environment.ProcessId).Children;
}

/// <param name="CoreSeconds">Of the tools, and of what starts them.</param>
/// <param name="Seconds">By the clock, with what this process does for it.</param>
internal sealed record ToolCost(double CoreSeconds, double Seconds);
