using System.Diagnostics;
using System.Diagnostics.Metrics;
using Emotion.Media.Archives;

namespace Emotion.Media;

/// <summary>A span and a measurement per ffmpeg or ffprobe process.</summary>
public static class MediaInstruments
{
    public const string Name = "Emotion.Media";

    internal static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> ProcessSeconds =
        Meter.CreateHistogram<double>("emotion.media.process.duration", "s", "Wall time of ffmpeg and ffprobe processes");

    private static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("emotion.media.refusals", "{clip}", "Clips refused, by reason");

    private static readonly UpDownCounter<long> Running =
        Meter.CreateUpDownCounter<long>("emotion.media.process.running", "{process}", "ffmpeg and ffprobe processes alive");

    private static readonly Counter<long> ProcessStarts =
        Meter.CreateCounter<long>("emotion.media.process.starts", "{process}", "ffmpeg and ffprobe processes started, by how: ready (forked) or executed");

    private static readonly Counter<long> ReadyTools =
        Meter.CreateCounter<long>("emotion.media.ready.tools", "{process}", "Tools loaded to be kept ready, by what came of it: started, failed, died");

    private static readonly Counter<long> ArchiveRefusals =
        Meter.CreateCounter<long>("emotion.media.archive.refusals", "{archive}", "Archives of clips refused, by reason");

    internal static void Refused(ArchiveRefusal reason) =>
        ArchiveRefusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));

    internal static void Started(string purpose) => Running.Add(1, new KeyValuePair<string, object?>("purpose", purpose));

    /// <param name="purpose">As of <see cref="Started"/>.</param>
    /// <param name="way">Whether it was forked or executed.</param>
    internal static void StartedBy(string purpose, string way) =>
        ProcessStarts.Add(1, new KeyValuePair<string, object?>("purpose", purpose), new KeyValuePair<string, object?>("way", way));

    internal static void KeptReady(string tool, string outcome) =>
        ReadyTools.Add(1, new KeyValuePair<string, object?>("tool", tool), new KeyValuePair<string, object?>("outcome", outcome));

    internal static void Ended(string purpose, TimeSpan elapsed, string outcome)
    {
        Running.Add(-1, new KeyValuePair<string, object?>("purpose", purpose));
        ProcessSeconds.Record(
            elapsed.TotalSeconds,
            new KeyValuePair<string, object?>("purpose", purpose),
            new KeyValuePair<string, object?>("outcome", outcome));
    }

    internal static MediaRefusedException Refuse(MediaRefusal reason, string message, Exception? inner = null)
    {
        Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
        return new MediaRefusedException(reason, message, inner);
    }
}
