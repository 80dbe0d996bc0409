using System.Text.Json;
using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Text.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Inference.Sessions;
using Emotion.Inference.Video;
using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Reporting;
using Emotion.SystemBench;

namespace Emotion.ScaleBench;

/// <summary>What the program is asked to do. Each part is written by itself, so that the report can be had again without measuring again.</summary>
internal static class Commands
{
    private const string Command = "./emotion prove scale";
    private const int BytesPerSecondOfSound = 32_000;

    /// <summary>AudioService:MaximumCalls, and TextService:CallsWaiting.</summary>
    private const int CallsOfAudio = 32, CallsOfTextWaiting = 8;

    public static async Task<int> ReplicasAsync(
        FileInfo state, FileInfo segment, double seconds, bool quick, FileInfo output, CancellationToken cancellationToken)
    {
        var runs = new ReplicaRuns(
            new RunningSystem(state), await File.ReadAllBytesAsync(segment.FullName, cancellationToken), seconds, quick ? Effort.Quick : Effort.Whole);
        var settings = string.Join(", ", Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("Segments__", StringComparison.Ordinal) || name.StartsWith("Inference__", StringComparison.Ordinal) || name.StartsWith("Media__", StringComparison.Ordinal))
            .Order().Select(name => $"`{name}={Environment.GetEnvironmentVariable(name)}`"));
        await Measurements.WriteAsync(output, await runs.RunAsync(settings, slots: 1, cancellationToken), cancellationToken);
        return 0;
    }

    public static async Task<int> ServicesAsync(
        FileInfo state, (FileInfo File, double Seconds) segment, (FileInfo File, double Seconds) longer, FileInfo sound, (FileInfo File, double Seconds) clip,
        bool quick, FileInfo output, CancellationToken cancellationToken)
    {
        var (system, effort) = (new RunningSystem(state), quick ? Effort.Quick : Effort.Whole);
        var segments = new SegmentOptions();
        var windows = new InferenceOptions().FrontEndsAtOnce + 1; // In front ends, and behind them one in the graph.
        var cost = await new ClipCost(system, await File.ReadAllBytesAsync(clip.File.FullName, cancellationToken), clip.Seconds, effort).RunAsync(cancellationToken);
        var cancellations = await new Cancellation(system, "video-1", await File.ReadAllBytesAsync(longer.File.FullName, cancellationToken), longer.Seconds)
            .RunAsync(effort.Cancellations, cancellationToken);
        var pcm = await File.ReadAllBytesAsync(sound.FullName, cancellationToken);
        var audio = await new Overload<AudioClassifier.AudioClassifierClient>(system, "audio", windows, CallsOfAudio - windows, effort)
            .RunAsync(Questions.Sound(pcm, (double)pcm.Length / BytesPerSecondOfSound), cancellationToken);
        var text = await new Overload<Transcriber.TranscriberClient>(system, "text-1", Environment.ProcessorCount, CallsOfTextWaiting, effort)
            .RunAsync(Questions.Words(pcm), cancellationToken);
        var video = await new Overload<VideoClassifier.VideoClassifierClient>(system, "video-1", segments.MaxConcurrent, segments.QueueLength, effort)
            .RunAsync(Questions.Segment(await File.ReadAllBytesAsync(segment.File.FullName, cancellationToken), segment.Seconds), cancellationToken);
        await Measurements.WriteAsync(output, new ServiceMeasurements(video, audio, text, cancellations, cost), cancellationToken);
        return 0;
    }

    public static async Task<int> ReportAsync(
        DirectoryInfo parts, FileInfo bench, FileInfo page, FileInfo plot, FileInfo output, CancellationToken cancellationToken)
    {
        var report = new ScaleReport(
            await Measurements.ReadAsync<ReplicaMeasurements>(new FileInfo(Path.Combine(parts.FullName, "replicas.json")), cancellationToken),
            await Measurements.ReadAsync<ServiceMeasurements>(new FileInfo(Path.Combine(parts.FullName, "services.json")), cancellationToken),
            JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(bench.FullName, cancellationToken)));
        await report.WriteAsync(Command, output, page, plot, cancellationToken);
        return 0;
    }

    public static async Task<int> ToolsAsync(FileInfo clip, double seconds, FileInfo output, CancellationToken cancellationToken)
    {
        await RunRecord.WriteAsync(
            output, "./emotion prove ready-tools", await ToolComparison.RunAsync(clip.FullName, seconds, cancellationToken), cancellationToken);
        return 0;
    }
}
