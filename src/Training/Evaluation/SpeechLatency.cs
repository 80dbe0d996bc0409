using System.Diagnostics;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Reports;

namespace Emotion.Training.Evaluation;

/// <summary>
/// How long a package takes for a window of sound on one core: everything between PCM and posterior, whatever the package holds;
/// <c>latency.json</c>.
/// </summary>
/// <param name="Precision">As the manifest has it.</param>
/// <param name="Windows">How many were timed, after a warm-up.</param>
/// <param name="LoadAverage">Of the machine while it was timed; much above 1 means that other work slowed it. Null where unknown.</param>
public sealed record SpeechLatency(
    string PackageVersion, string Precision, int Windows, double WindowSeconds, int Threads, double P50Milliseconds, double P95Milliseconds, string Machine, double? LoadAverage)
{
    public const string FileName = "latency.json";

    private const double Seconds = 4;
    private const int WarmUp = 20;

    /// <param name="package">Of the speech model.</param>
    /// <param name="recordings">Joined end to end and cut into windows of 4 s.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    /// <exception cref="ArgumentException">They are too short for a window.</exception>
    public static async Task<SpeechLatency> MeasureAsync(
        ModelPackage package, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken)
    {
        // Alone and at once: no other caller's windows to wait for.
        var runtime = ModelRuntime.Create(
            new InferenceOptions { Provider = "cpu", IntraOpThreads = 1 }, new BatchOptions { MaxBatchSize = 1, MaxDelay = TimeSpan.Zero });
        await using var model = AudioModel.Load(package, runtime);
        var window = new ClipWindow(0, 0, Seconds);
        var sounds = Windowed(recordings, (int)(Seconds * model.SampleRate));
        foreach (var sound in Enumerable.Range(0, WarmUp).Select(i => sounds[i % sounds.Count]))
        {
            await model.ClassifyAsync(window, sound, cancellationToken);
        }

        var times = new double[sounds.Count];
        for (var i = 0; i < sounds.Count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await model.ClassifyAsync(window, sounds[i], cancellationToken);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(times);
        return new SpeechLatency(
            package.Version, (string?)package.Manifest.Metrics["precision"] ?? "unknown", times.Length, Seconds, 1, Math.Round(times[times.Length / 2], 2), Math.Round(times[times.Length * 95 / 100], 2),
            Provenance.MachineName(), Provenance.LoadAverage());
    }

    internal static IReadOnlyList<short[]> Windowed(IReadOnlyList<SpeechRecording> recordings, int samples)
    {
        var joined = recordings.SelectMany(recording => recording.Pcm).ToArray();
        var windows = joined.Chunk(samples).Where(chunk => chunk.Length == samples).ToList();
        return windows.Count > 0 ? windows : throw new ArgumentException($"{recordings.Count} recordings do not fill a window of {samples} samples.");
    }
}
