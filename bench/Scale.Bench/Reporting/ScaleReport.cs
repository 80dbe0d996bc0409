using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.ScaleBench.Measuring;
using Emotion.ScaleBench.Simulation;
using Emotion.SystemBench;

namespace Emotion.ScaleBench.Reporting;

/// <summary>From what was measured to the figures, the page and the plot, by simulation where this machine has no room.</summary>
internal sealed class ScaleReport(ReplicaMeasurements replicas, ServiceMeasurements services, JsonElement bench)
{
    private static readonly double[] ClipsPerMinute = [10, 1000, 100_000];

    private readonly IReadOnlyList<Reproduction.Figure> _reproduced = Reproduction.Of(replicas, services);
    private readonly IReadOnlyList<ScaleOut.Step> _oneCore = ScaleOut.Of(services.Clip, replicas.RoundTripSeconds, gatewayCores: 1);
    private readonly IReadOnlyList<ScaleOut.Step> _out = ScaleOut.Of(services.Clip, replicas.RoundTripSeconds, ScaleOut.GatewayCores);
    private readonly IReadOnlyList<Batching.Step> _batches = Batching.Of(bench);
    private readonly IReadOnlyList<Capacity.Need> _needs = Needs(services, replicas);

    private OverloadMeasurements[] Overloads => [services.Video, services.Audio, services.Text];

    private double SimulationError => _reproduced.Max(figure => figure.Error);

    private double CancelStop => services.Cancellation.ProcessGoneSeconds.Concat(services.Cancellation.QuietSeconds).Max();

    public async Task WriteAsync(string command, FileInfo output, FileInfo page, FileInfo plot, CancellationToken cancellationToken)
    {
        await RunRecord.WriteAsync(output, command, Figures(), cancellationToken);
        var parts = new ScalePage(replicas, services, _reproduced, _oneCore, _out, _batches, _needs).Parts(command, output);
        await File.WriteAllTextAsync(page.FullName, MarkedText.Fill(await File.ReadAllTextAsync(page.FullName, cancellationToken), parts), cancellationToken);
        await File.WriteAllTextAsync(plot.FullName, ScalePlot.Draw(replicas, _oneCore, _out), cancellationToken);
    }

    private static IReadOnlyList<Capacity.Need> Needs(ServiceMeasurements services, ReplicaMeasurements replicas)
    {
        var capacity = new Capacity(services.Clip, replicas.RoundTripSeconds);
        return [.. ClipsPerMinute.SelectMany(perMinute =>
        {
            Measurements.Say($"Simulating {perMinute:N0} clips a minute ...");
            return new[] { capacity.Of(perMinute, Choice.InTurn), capacity.Of(perMinute, Choice.LessBusyOfTwo) };
        })];
    }

    private JsonObject Figures()
    {
        const string Measured = "measured", Simulated = "simulated";
        var goodput = Overloads.Min(one => one.GoodputPerSecond / one.PeakPerSecond);
        (string Name, double Value, string Kind, bool? Reached)[] figures =
        [
            ("throughput_ratio_2", ReplicaRatios.Of(replicas, 2).Mean, Measured, ReplicaRatios.Of(replicas, 2).Mean >= 1.8),
            ("throughput_ratio_3", ReplicaRatios.Of(replicas, 3).Mean, Measured, ReplicaRatios.Of(replicas, 3).Mean >= 2.7),
            ("throughput_ratio_3_of_whole_cores", _out[2].Ratio, Simulated, _out[2].Ratio >= 2.7),
            ("replicas_until_next_limit", ScaleOut.Limit(_out), Simulated, null),
            ("replicas_until_next_limit_of_a_gateway_core", ScaleOut.Limit(_oneCore), Simulated, null),
            ("goodput_at_3x", goodput, Measured, goodput >= 0.9),
            ("reject_p95_ms", Overloads.Max(one => one.RejectP95Ms), Measured, Overloads.All(one => one.RejectP95Ms <= 50 && one.RefusedWithoutHint == 0)),
            ("recovery_s", Overloads.Max(one => one.RecoveryS), Measured, Overloads.All(one => one.RecoveryS <= 10)),
            ("cancel_stop_s", CancelStop, Measured, CancelStop <= 1),
            ("simulation_error", SimulationError, "simulated against measured", SimulationError <= 0.15),
        ];
        var result = new JsonObject();
        foreach (var (name, value, _, _) in figures)
        {
            result[name] = Math.Round(value, 4);
        }

        result["kinds"] = new JsonObject(figures.Select(figure => KeyValuePair.Create(figure.Name, (JsonNode?)figure.Kind)));
        result["reached"] = new JsonObject(
            figures.Where(figure => figure.Reached is not null).Select(figure => KeyValuePair.Create(figure.Name, (JsonNode?)figure.Reached)));
        result["asked"] = "ratios of 0.9 a replica; goodput at least 0.9 of the peak; refusals within 50 ms (p95), each with a hint when to try again; as before within 10 s; work ends within 1 s; error at most 0.15";
        result["n"] = JsonSerializer.SerializeToNode(
            new
            {
                segments = replicas.Runs.GroupBy(run => run.Replicas).ToDictionary(runs => $"{runs.Key}", runs => runs.Sum(run => run.N)),
                rounds = replicas.Runs.Max(run => run.Round),
                refused = Overloads.Sum(one => one.RefusedN),
                answered = Overloads.Sum(one => one.AnsweredN),
                cancellations = services.Cancellation.QuietSeconds.Count,
                clips = services.Clip.N,
            },
            Measurements.Json);
        result["spread"] = JsonSerializer.SerializeToNode(
            new { throughput_ratio_2 = ReplicaRatios.Of(replicas, 2), throughput_ratio_3 = ReplicaRatios.Of(replicas, 3) }, Measurements.Json);
        result["measured"] = Rounded(JsonSerializer.SerializeToNode(new { replicas, services }, Measurements.Json)!);
        result["simulated"] = Rounded(JsonSerializer.SerializeToNode(
            new { reproduced = _reproduced, video_replicas = _out, video_replicas_of_a_gateway_core = _oneCore, clips = _needs, face_batches = _batches, batches_of = $"docs/results/bench.json, commit {bench.GetProperty("commit")}" },
            Measurements.Json)!);
        return result;
    }

    /// <summary>Five places after the point are more than any of it is worth.</summary>
    private static JsonNode Rounded(JsonNode node)
    {
        switch (node)
        {
            case JsonObject named:
                return new JsonObject(named.Select(one => KeyValuePair.Create(one.Key, one.Value is null ? null : (JsonNode?)Rounded(one.Value))));
            case JsonArray listed:
                return new JsonArray([.. listed.Select(one => one is null ? null : Rounded(one))]);
            default:
                return node.GetValueKind() == JsonValueKind.Number ? JsonValue.Create(Math.Round(node.GetValue<double>(), 5)) : node.DeepClone();
        }
    }
}
