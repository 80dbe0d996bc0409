using System.Text.Json;
using Emotion.Inference.Sessions;
using Emotion.ScaleBench.Simulation;

namespace Emotion.ScaleBench.Reporting;

/// <summary>The network that reads faces behind its queue, simulated from what a batch of 1 and one of 16 take on this machine.</summary>
internal static class Batching
{
    private const double WarmUp = 10, Seconds = 300;

    /// <param name="Load">Share of the most faces a second that the network can read.</param>
    /// <param name="FacesPerSecond">That come, one by one.</param>
    /// <param name="BatchSize">On average.</param>
    /// <param name="P50Ms">From coming to being read.</param>
    /// <param name="P95Ms">From coming to being read.</param>
    public sealed record Step(double Load, double FacesPerSecond, double BatchSize, double P50Ms, double P95Ms);

    /// <param name="bench">What <c>./emotion bench</c> wrote.</param>
    public static IReadOnlyList<Step> Of(JsonElement bench)
    {
        var (one, sixteen) = (bench.GetProperty("resnet34_b1_ms").GetDouble() / 1000, bench.GetProperty("resnet34_b16_ms").GetDouble() / 1000);
        var options = new BatchOptions();
        double Time(int size) => one + ((sixteen - one) * (size - 1) / 15);
        var most = options.MaxBatchSize / Time(options.MaxBatchSize);
        return [.. ((double[])[0.2, 0.5, 0.8, 0.95]).Select(load =>
        {
            var (simulator, random) = (new Simulator(), new Random(1));
            var graph = new BatchStation(simulator, Time, options.MaxBatchSize, options.MaxDelay.TotalSeconds, options.QueueLength);
            var run = Simulation.Load.Open(simulator, graph.TryTake, Times.Exponential(1 / (load * most)), random, WarmUp, Seconds);
            return new Step(load, load * most, (double)graph.Items / graph.Batches, 1000 * run.Percentile(0.5), 1000 * run.Percentile(0.95));
        })];
    }
}
