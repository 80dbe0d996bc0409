using System.Diagnostics;
using System.Text.Json;
using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Onnx;
using Emotion.Training.Reports;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Training.Evaluation;

/// <summary>
/// How long a package takes for a window of sound on one core: everything between PCM and posterior, whatever the package holds;
/// <c>latency.json</c>.
/// </summary>
/// <param name="Precision">As the manifest has it.</param>
/// <param name="Windows">How many were timed, after a warm-up.</param>
/// <param name="NetworkP50Milliseconds">Coefficients and classifier alone, without voice activity; null where the classifier hears an encoder, too.</param>
/// <param name="LoadAverage">Of the machine while it was timed; much above 1 means that other work slowed it. Null where unknown.</param>
public sealed record SpeechLatency(
    string PackageVersion, string Precision, int Windows, double WindowSeconds, int Threads, double P50Milliseconds, double P95Milliseconds,
    double? NetworkP50Milliseconds, string Machine, double? LoadAverage)
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
        var times = await TimesAsync(sounds, async sound => await model.ClassifyAsync(window, sound, cancellationToken));
        return new SpeechLatency(
            package.Version, (string?)package.Manifest.Metrics["precision"] ?? "unknown", times.Length, Seconds, 1, Percentile(times, 50), Percentile(times, 95),
            await NetworkAsync(package, runtime, sounds) is { } network ? Percentile(network, 50) : null, Provenance.MachineName(), Provenance.LoadAverage());
    }

    // The coefficients of a window and the classifier's answer to them, on the calling thread.
    private static async Task<double[]?> NetworkAsync(ModelPackage package, ModelRuntime runtime, IReadOnlyList<short[]> sounds)
    {
        using var graph = runtime.Sessions.Open(package, AudioModel.ClassifierRole);
        if (graph.InputNames is not [SpeechGraph.Input])
        {
            return null;
        }

        var frontEnd = new MfccFrontEnd(package.Manifest.FrontEnd.Deserialize<AudioSpec>(RegistryJson.Options)!.Mfcc);
        var (features, posterior) = (new float[frontEnd.FeatureCount], new float[EmotionLabels.Count]);
        using var input = OrtValue.CreateTensorValueFromMemory(features, [1, 1, frontEnd.Spec.Frames, frontEnd.Spec.Coefficients]);
        using var output = OrtValue.CreateTensorValueFromMemory(posterior, [1, EmotionLabels.Count]);
        return await TimesAsync(sounds, sound =>
        {
            frontEnd.WriteWindow(sound, features);
            graph.Run([SpeechGraph.Input], [input], ["posterior"], [output]);
            return Task.CompletedTask;
        });
    }

    // Milliseconds of each, sorted.
    private static async Task<double[]> TimesAsync(IReadOnlyList<short[]> sounds, Func<short[], Task> run)
    {
        foreach (var sound in Enumerable.Range(0, WarmUp).Select(i => sounds[i % sounds.Count]))
        {
            await run(sound);
        }

        var times = new double[sounds.Count];
        for (var i = 0; i < sounds.Count; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await run(sounds[i]);
            times[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    private static double Percentile(double[] sorted, int percent) => Math.Round(sorted[sorted.Length * percent / 100], 2);

    internal static IReadOnlyList<short[]> Windowed(IReadOnlyList<SpeechRecording> recordings, int samples)
    {
        var joined = recordings.SelectMany(recording => recording.Pcm).ToArray();
        var windows = joined.Chunk(samples).Where(chunk => chunk.Length == samples).ToList();
        return windows.Count > 0 ? windows : throw new ArgumentException($"{recordings.Count} recordings do not fill a window of {samples} samples.");
    }
}
