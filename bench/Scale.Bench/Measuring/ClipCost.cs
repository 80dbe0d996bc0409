using System.Diagnostics;
using Emotion.Client;

namespace Emotion.ScaleBench.Measuring;

/// <summary>What a clip costs each service, told by the kernel, and what the whole system makes of it.</summary>
internal sealed class ClipCost(RunningSystem system, byte[] clip, double clipSeconds, Effort effort)
{
    private const int InFlight = 2, Starts = 50;

    private static readonly string[] Services = ["gateway", "audio", "video-1", "text-1", "fusion"];

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3), Idle = TimeSpan.FromSeconds(12);

    public async Task<ClipCostMeasurements> RunAsync(CancellationToken cancellationToken)
    {
        var gateway = system.Address("gateway");
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        Measurements.Say($"The whole system: {effort.Clips} clips of {clipSeconds:0} s, one after the other ...");
        // Code is compiled anew when it has run some times: half as many as count come before.
        for (var i = 0; i < effort.Clips / 2; i++)
        {
            await client.AnalyzeAsync(new MemoryStream(clip), null, cancellationToken);
        }

        var processes = Services.ToDictionary(name => name, system.ProcessId);
        await Task.Delay(Settle, cancellationToken);
        var rest = Used(processes);
        await Task.Delay(Idle, cancellationToken);
        var (from, start) = (Used(processes), Stopwatch.GetTimestamp());
        var (latencies, stages) = (new List<double>(), new Dictionary<string, List<double>>());
        for (var i = 0; i < effort.Clips; i++)
        {
            var sent = Stopwatch.GetTimestamp();
            var answer = await client.AnalyzeAsync(new MemoryStream(clip), null, cancellationToken);
            latencies.Add(Stopwatch.GetElapsedTime(sent).TotalSeconds);
            foreach (var (stage, milliseconds) in answer.Analysis.Timings)
            {
                (stages.TryGetValue(stage, out var times) ? times : stages[stage] = []).Add(milliseconds / 1000);
            }
        }

        var (to, seconds) = (Used(processes), Stopwatch.GetElapsedTime(start).TotalSeconds);
        var many = await ClosedLoop.RunAsync(
            InFlight, effort.WarmUp, effort.Peak, token => client.AnalyzeAsync(new MemoryStream(clip), null, token), cancellationToken);
        var idle = Services.ToDictionary(name => name, name => (from[name].Own - rest[name].Own) / Idle.TotalSeconds);
        return new ClipCostMeasurements(
            clipSeconds, clip.Length, effort.Clips, idle.Values.Sum(),
            Services.ToDictionary(name => name.Split('-')[0], name => new ServiceCost(
                Math.Max(0, to[name].Own - from[name].Own - (idle[name] * seconds)) / effort.Clips, (to[name].Children - from[name].Children) / effort.Clips)),
            await FfmpegStartAsync(ready: false, cancellationToken) ?? 0, await FfmpegStartAsync(ready: true, cancellationToken),
            stages.ToDictionary(stage => stage.Key, stage => (IReadOnlyList<double>)stage.Value), latencies, InFlight, 60 * many.PerSecond, many.Latencies.Count);
    }

    private static async Task<double?> FfmpegStartAsync(bool ready, CancellationToken cancellationToken)
    {
        using var start = new FfmpegStart(ready);
        var cost = await start.StartAsync(Starts, cancellationToken);
        return start.IsAsAsked ? cost.CoreSeconds : null;
    }

    private static Dictionary<string, (double Own, double Children)> Used(Dictionary<string, int> processes) =>
        processes.ToDictionary(process => process.Key, process => RunningSystem.CoreSeconds(process.Value));
}
