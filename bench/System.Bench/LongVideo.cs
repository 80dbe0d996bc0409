using System.Diagnostics;
using Emotion.Client;

namespace Emotion.SystemBench;

/// <summary>
/// A clip of a minute, one of half the length and one of the whole length: memory, time and who read the segments. The whole is a minute's
/// clip again and again, and before anything is measured the services did the same work in minutes: a process takes more memory as it ages,
/// for compiled code and for what its allocators keep, whatever the length of the clips; what is asked is what length adds.
/// </summary>
internal static class LongVideo
{
    private const double AllowedMemory = 1.2, AllowedTime = 0.1, AllowedSpread = 0.1;

    /// <param name="minutes">Length of <paramref name="whole"/>.</param>
    public static async Task<int> RunAsync(
        Uri gateway, FileInfo minute, FileInfo half, FileInfo whole, int minutes, FileInfo state, FileInfo output, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway, Timeout = Timeout.InfiniteTimeSpan };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var replicas = new VideoReplicas(state);
        for (var i = 0; i < minutes; i++)
        {
            await AnalyzeAsync(client, minute, cancellationToken);
        }

        var ofMinute = await MeasureAsync(client, minute, replicas, cancellationToken);
        var ofHalf = await MeasureAsync(client, half, replicas, cancellationToken);
        var ofWhole = await MeasureAsync(client, whole, replicas, cancellationToken);
        var memory = ofWhole.Peaks.ToDictionary(service => service.Key, service => service.Value / ofMinute.Peaks[service.Key]);
        var (total, worst) = (ofWhole.Peaks.Values.Sum() / ofMinute.Peaks.Values.Sum(), memory.MaxBy(service => service.Value));
        var time = ofWhole.Seconds / ofHalf.Seconds / 2;
        var even = (double)ofWhole.Segments.Values.Sum() / ofWhole.Segments.Count;
        var spread = ofWhole.Segments.Values.Max(count => Math.Abs(count - even)) / even;
        await RunRecord.WriteAsync(
            output,
            "./emotion prove long-video",
            new
            {
                minutes,
                n = 1,
                clips_of_a_minute_before = minutes,
                rss_ratio_60min = minutes == 60 ? Math.Round(worst.Value, 3) : (double?)null,
                rss_ratio = Math.Round(worst.Value, 3),
                rss_ratio_of = worst.Key,
                rss_ratio_all = Math.Round(total, 3),
                peak_mb_minute = Rounded(ofMinute.Peaks),
                peak_mb_long = Rounded(ofWhole.Peaks),
                seconds_minute = Math.Round(ofMinute.Seconds, 1),
                seconds_half = Math.Round(ofHalf.Seconds, 1),
                seconds_long = Math.Round(ofWhole.Seconds, 1),
                time_against_half = Math.Round(time, 3),
                segments = ofWhole.Segments,
                segments_off_even = Math.Round(spread, 3),
                windows = ofWhole.Windows,
                models = ofWhole.Models,
            },
            cancellationToken);
        return worst.Value <= AllowedMemory && Math.Abs(time - 1) <= AllowedTime && spread <= AllowedSpread ? 0 : 1;
    }

    private static async Task<Measured> MeasureAsync(EmotionClient client, FileInfo clip, VideoReplicas replicas, CancellationToken cancellationToken)
    {
        var before = await replicas.SegmentsAsync(cancellationToken);
        await replicas.ForgetPeaksAsync(cancellationToken);
        var watch = Stopwatch.StartNew();
        var (windows, models) = await AnalyzeAsync(client, clip, cancellationToken);
        var seconds = watch.Elapsed.TotalSeconds;
        var after = await replicas.SegmentsAsync(cancellationToken);
        return new Measured(
            seconds,
            await replicas.PeaksAsync(cancellationToken),
            new(after.ToDictionary(replica => replica.Key, replica => replica.Value - before[replica.Key]), StringComparer.Ordinal),
            windows,
            models);
    }

    /// <returns>How many windows the face was read in, and by which models.</returns>
    private static async Task<(int Windows, ModelVersions? Models)> AnalyzeAsync(EmotionClient client, FileInfo clip, CancellationToken cancellationToken)
    {
        await using var content = clip.OpenRead();
        var analysis = (await client.AnalyzeAsync(content, null, cancellationToken)).Analysis;
        var read = analysis.Modalities["video"];
        return read.Status == ModalityStatus.Used
            ? (analysis.Windows.Count(window => window.Video.Status == ModalityStatus.Used), analysis.Models)
            : throw new InvalidOperationException($"{clip.Name}: no face was read ({read.Status} {read.Reason}).");
    }

    private static Dictionary<string, double> Rounded(SortedDictionary<string, double> values) =>
        values.ToDictionary(value => value.Key, value => Math.Round(value.Value, 1));

    private sealed record Measured(double Seconds, SortedDictionary<string, double> Peaks, SortedDictionary<string, int> Segments, int Windows, ModelVersions? Models);
}
