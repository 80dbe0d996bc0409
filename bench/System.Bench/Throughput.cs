using System.Diagnostics;
using Emotion.Client;

namespace Emotion.SystemBench;

/// <summary>Closed loop: a fixed number of clips in flight, each answer at once followed by the next upload.</summary>
internal static class Throughput
{
    private const int WarmUpClips = 5;

    public static async Task<int> RunAsync(Uri gateway, FileInfo clip, int seconds, FileInfo output, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var content = await File.ReadAllBytesAsync(clip.FullName, cancellationToken);
        for (var i = 0; i < WarmUpClips; i++)
        {
            await client.AnalyzeAsync(new MemoryStream(content), null, cancellationToken);
        }

        var one = await LoadAsync(client, content, 1, seconds, cancellationToken);
        var two = await LoadAsync(client, content, 2, seconds, cancellationToken);
        var result = new Dictionary<string, object>
        {
            ["clips_per_s_1"] = Round(one.ClipsPerSecond),
            ["clips_per_s_2"] = Round(two.ClipsPerSecond),
            ["latency_p50_s"] = Round(Percentile(one.Latencies, 0.5)),
            ["latency_p95_s"] = Round(Percentile(one.Latencies, 0.95)),
            ["latency_p50_s_2"] = Round(Percentile(two.Latencies, 0.5)),
            ["latency_p95_s_2"] = Round(Percentile(two.Latencies, 0.95)),
            ["stages_ms"] = one.Stages.ToDictionary(stage => stage.Key, stage => Round(Percentile(stage.Value, 0.5))),
            ["n_1"] = one.Latencies.Count,
            ["n_2"] = two.Latencies.Count,
        };
        await RunRecord.WriteAsync(output, "./emotion bench", result, cancellationToken);
        return 0;
    }

    private static async Task<Load> LoadAsync(EmotionClient client, byte[] clip, int inFlight, int seconds, CancellationToken cancellationToken)
    {
        var load = new Load();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                var sent = Stopwatch.GetTimestamp();
                var answer = await client.AnalyzeAsync(new MemoryStream(clip), null, cancellationToken);
                load.Add(Stopwatch.GetElapsedTime(sent).TotalSeconds, answer.Analysis.Timings);
            }
        }));
        load.Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return load;
    }

    private static double Percentile(List<double> values, double share)
    {
        values.Sort();
        return values[(int)Math.Ceiling(share * values.Count) - 1];
    }

    private static double Round(double value) => Math.Round(value, 3);

    private sealed class Load
    {
        private readonly Lock _lock = new();

        public List<double> Latencies { get; } = [];

        public Dictionary<string, List<double>> Stages { get; } = [];

        public double Seconds { get; set; }

        public double ClipsPerSecond => Latencies.Count / Seconds;

        public void Add(double latency, IReadOnlyDictionary<string, double> stages)
        {
            lock (_lock)
            {
                Latencies.Add(latency);
                foreach (var (stage, milliseconds) in stages)
                {
                    if (!Stages.TryGetValue(stage, out var values))
                    {
                        Stages[stage] = values = [];
                    }

                    values.Add(milliseconds);
                }
            }
        }
    }
}
