using System.Text.Json;

namespace Emotion.ScaleBench.Measuring;

/// <summary>How what was measured lies in files.</summary>
internal static class Measurements
{
    public static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static async Task WriteAsync<T>(FileInfo file, T measured, CancellationToken cancellationToken)
    {
        file.Directory!.Create();
        await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(measured, Json), cancellationToken);
    }

    public static async Task<T> ReadAsync<T>(FileInfo file, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<T>(await File.ReadAllBytesAsync(file.FullName, cancellationToken), Json)!;

    public static void Say(string progress) => Console.Error.WriteLine(progress);
}

/// <summary>Video replicas that each have a share of a core.</summary>
/// <param name="LoadBefore">The machine's load average of a minute before it began, told by the kernel: by an idle one the figures are worth most.</param>
/// <param name="CoresEach">That each may use.</param>
/// <param name="Settings">Of each.</param>
/// <param name="SegmentSeconds">Of the segment that is sent.</param>
/// <param name="CallersEach">For each replica.</param>
/// <param name="Slots">Segments that a replica works on at once.</param>
/// <param name="Waiting">That wait there, beyond those.</param>
/// <param name="Runs">In the order in which they were done.</param>
/// <param name="ServiceSeconds">How long one replica takes that has nothing else to do, each time.</param>
/// <param name="RoundTripSeconds">There and back with next to no work, the median.</param>
/// <param name="Spread">Segments of one clip that each replica answered.</param>
/// <param name="Apart">Two of them that share all cores of the machine; null where that was not measured.</param>
internal sealed record ReplicaMeasurements(
    double LoadBefore, double CoresEach, string Settings, double SegmentSeconds, int CallersEach, int Slots, int Waiting, IReadOnlyList<ReplicaRun> Runs,
    IReadOnlyList<double> ServiceSeconds, double RoundTripSeconds, IReadOnlyList<int> Spread, ProcessMeasurements? Apart = null);

/// <summary>Processes that each have a copy of the model, to be held against one that shares it among as many segments.</summary>
/// <param name="Processes">So many.</param>
/// <param name="PerSecond">Segments, of all together.</param>
/// <param name="N">Segments that counted.</param>
/// <param name="MemoryMb">Resident, of all together, afterwards.</param>
internal sealed record ProcessMeasurements(int Processes, double PerSecond, int N, double MemoryMb);

/// <param name="Replicas">That were asked in turn.</param>
/// <param name="Round">1 for the first.</param>
/// <param name="PerSecond">Segments.</param>
/// <param name="N">Segments that counted.</param>
internal sealed record ReplicaRun(int Replicas, int Round, double PerSecond, int N);

/// <summary>One process of each service with its default settings, and the whole system.</summary>
/// <param name="Text">Of writing down what is said.</param>
internal sealed record ServiceMeasurements(
    OverloadMeasurements Video, OverloadMeasurements Audio, OverloadMeasurements Text, CancellationMeasurements Cancellation, ClipCostMeasurements Clip);

/// <param name="Slots">Calls that it works on at once.</param>
/// <param name="Waiting">That may wait there, beyond those.</param>
/// <param name="PeakCallers">Callers of the peak.</param>
/// <param name="PeakPerSecond">Answers a second at the peak, before and after.</param>
/// <param name="PeakN">Answers that counted.</param>
/// <param name="UnloadedP50Seconds">Of one caller.</param>
/// <param name="UnloadedN">Answers that counted.</param>
/// <param name="ServiceSeconds">Each call's time while as many ask as are worked on at once.</param>
/// <param name="RoundTripSeconds">There and back with next to no work, the median.</param>
/// <param name="OfferedPerSecond">Calls a second, at random moments: three times the peak of before.</param>
/// <param name="GoodputPerSecond">Answers a second under it.</param>
/// <param name="AnsweredN">Answers that counted.</param>
/// <param name="AnsweredP50Seconds">How long those took that were answered.</param>
/// <param name="RefusedN">Calls that were refused with a hint when to try again.</param>
/// <param name="RefusedWithoutHint">Calls that were refused without one.</param>
/// <param name="Failed">Calls that ended otherwise.</param>
/// <param name="RejectP50Ms">How long a refusal took.</param>
/// <param name="RejectP95Ms">How long a refusal took.</param>
/// <param name="MemoryBeforeMb">Resident.</param>
/// <param name="MemoryMaximumMb">Resident, while it lasted.</param>
/// <param name="MemoryAfterMb">Resident.</param>
/// <param name="RecoveryS">From the last call that came until one caller is answered within one and a half times the unloaded median again, three times running.</param>
internal sealed record OverloadMeasurements(
    int Slots, int Waiting, int PeakCallers, double PeakPerSecond, int PeakN, double UnloadedP50Seconds, int UnloadedN, IReadOnlyList<double> ServiceSeconds,
    double RoundTripSeconds, double OfferedPerSecond, double GoodputPerSecond, int AnsweredN, double AnsweredP50Seconds, int RefusedN, int RefusedWithoutHint,
    int Failed, double RejectP50Ms, double RejectP95Ms, double MemoryBeforeMb, double MemoryMaximumMb, double MemoryAfterMb, double RecoveryS);

/// <param name="ProcessGoneSeconds">From the caller's going away until the replica has no ffmpeg any more, each time.</param>
/// <param name="QuietSeconds">Until it computes no more, each time, told in steps of a tenth of a second.</param>
internal sealed record CancellationMeasurements(IReadOnlyList<double> ProcessGoneSeconds, IReadOnlyList<double> QuietSeconds);

/// <param name="ClipSeconds">Of the clip.</param>
/// <param name="ClipBytes">Of its file.</param>
/// <param name="N">Clips, one after the other.</param>
/// <param name="IdleCores">That the same processes use while nobody asks; taken off.</param>
/// <param name="Services">Core-seconds for a clip: of the service itself, and of the ffmpeg that it starts.</param>
/// <param name="FfmpegStart">Core-seconds that it takes to execute ffmpeg and do nothing.</param>
/// <param name="FfmpegReadyStart">Those that it takes where it is kept ready and forked; null where it is not kept ready, or was not when this was measured.</param>
/// <param name="StageSeconds">How long each stage took by the clock, of each clip.</param>
/// <param name="LatencySeconds">From the first byte sent to the answer read, of each clip.</param>
/// <param name="InFlight">Clips at once, for the throughput.</param>
/// <param name="PerMinute">Clips a minute of this machine with so many at once.</param>
/// <param name="PerMinuteN">Clips that counted.</param>
internal sealed record ClipCostMeasurements(
    double ClipSeconds, long ClipBytes, int N, double IdleCores, IReadOnlyDictionary<string, ServiceCost> Services, double FfmpegStart, double? FfmpegReadyStart,
    IReadOnlyDictionary<string, IReadOnlyList<double>> StageSeconds, IReadOnlyList<double> LatencySeconds, int InFlight, double PerMinute, int PerMinuteN);

/// <param name="Own">Core-seconds of the process itself, for a clip.</param>
/// <param name="Ffmpeg">Core-seconds of ffmpeg and ffprobe that it starts, for a clip.</param>
internal sealed record ServiceCost(double Own, double Ffmpeg)
{
    public double Both => Own + Ffmpeg;
}
