using Emotion.Features;

namespace Emotion.Gateway.Canary;

/// <summary>How one analysis ended, as evidence about its release.</summary>
/// <param name="Number">Of all that this gateway observed, in order.</param>
/// <param name="Failed">By a service, not by its clip.</param>
/// <param name="Latency">Seconds of analysis for each second of clip; meaningless where it failed.</param>
/// <param name="Prediction">Index of the fused answer's label, and one more where it has none; meaningless where it failed.</param>
/// <param name="Client">Hash of the client's key; null where it gave none.</param>
public readonly record struct CanaryOutcome(long Number, bool Failed, double Latency, int Prediction, ulong? Client)
{
    /// <summary>Eight emotions, and none of them.</summary>
    public static int Predictions => EmotionLabels.Count + 1;
}

/// <summary>Counts of outcomes of one side.</summary>
public sealed class Tally
{
    private const int Buckets = 512;
    private const double Shortest = 1e-4;

    /// <summary>Neighbouring buckets are 5 % apart, so 512 of them reach from 0.1 ms to weeks.</summary>
    private static readonly double Step = Math.Log(1.05);

    /// <summary>All that ended, failed or not.</summary>
    public int Count { get; private set; }

    public int Failed { get; private set; }

    /// <summary>Answers whose latency and prediction count.</summary>
    public int Sampled { get; private set; }

    /// <summary><c>[9]</c>, of the sampled.</summary>
    public int[] Predictions { get; } = new int[CanaryOutcome.Predictions];

    /// <summary><c>[512]</c>, of the sampled; longer ones further on.</summary>
    public int[] Latencies { get; } = new int[Buckets];

    /// <param name="isSample">Whether latency and prediction count too: answers of one client are no independent draws.</param>
    public void Add(CanaryOutcome outcome, bool isSample)
    {
        Count++;
        if (outcome.Failed)
        {
            Failed++;
        }
        else if (isSample)
        {
            Sampled++;
            Predictions[outcome.Prediction]++;
            Latencies[(int)Math.Clamp(Math.Log(Math.Max(outcome.Latency, Shortest) / Shortest) / Step, 0, Buckets - 1)]++;
        }
    }

    /// <summary>Of outcomes in order; each client's first answer is a sample.</summary>
    public static Tally Of(IEnumerable<CanaryOutcome> outcomes)
    {
        var (tally, clients) = (new Tally(), new HashSet<ulong>());
        foreach (var outcome in outcomes)
        {
            tally.Add(outcome, outcome.Client is not { } client || (!outcome.Failed && clients.Add(client)));
        }

        return tally;
    }

    /// <summary>How many times one latency is the other, by their buckets.</summary>
    public static double Ratio(int bucket, int other) => Math.Exp((bucket - other) * Step);

    /// <summary>The bucket in which the share <paramref name="quantile"/> of the sampled is reached.</summary>
    public static int Quantile(IReadOnlyList<int> latencies, double quantile)
    {
        var rank = quantile * latencies.Sum();
        var reached = 0;
        for (var bucket = 0; bucket < latencies.Count; bucket++)
        {
            reached += latencies[bucket];
            if (reached >= rank)
            {
                return bucket;
            }
        }

        return latencies.Count - 1;
    }
}
