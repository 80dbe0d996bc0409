using Emotion.Features;
using Emotion.Gateway;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.RolloutBench;

/// <summary>Lives of canaries that are no different from stable, drawn from one distribution, through the gateway's own routing and judgement.</summary>
internal static class IdenticalCanaries
{
    public const int AnswersOfALife = 1000;

    private const double Share = 0.5, Errors = 0.01, UsualMilliseconds = 400, Spread = 0.6, ClipSeconds = 4;

    /// <summary>Of the eight emotions: most people are neutral or happy.</summary>
    private static readonly double[] Weights = [30, 3, 25, 10, 14, 8, 5, 5];

    /// <returns>How many were rolled back.</returns>
    public static int Run(int lives, CancellationToken cancellationToken)
    {
        var rolledBack = 0;
        Parallel.For(0, lives, new ParallelOptions { CancellationToken = cancellationToken }, life =>
        {
            if (IsRolledBack(life))
            {
                Interlocked.Increment(ref rolledBack);
            }
        });
        return rolledBack;
    }

    private static bool IsRolledBack(int seed)
    {
        var offer = new ReleaseOffer();
        offer.Exchange([.. new[] { "stable", "canary" }.Select(name => new OfferedRelease(name, new ClipWindowSpec { LengthSeconds = 4, MinimumTailSeconds = 1.5 }))]);
        var rollout = new Rollout(Options.Create(new CanaryOptions()), NullLogger<Rollout>.Instance);
        var router = new ReleaseRouter(offer, rollout);
        rollout.Follow(new ChannelPlan("canary", Share, 1), null);
        var random = new Random(seed);
        for (var (request, canaries) = (0, 0); canaries < AnswersOfALife && rollout.Halt is null; request++)
        {
            var route = router.Choose(null, $"{seed}-{request}", null);
            canaries += route.Arm == Arm.Canary ? 1 : 0;
            rollout.Observe(route, Draw(random));
        }

        return rollout.Halt is not null;
    }

    private static AnalysisOutcome Draw(Random random)
    {
        if (random.NextDouble() < Errors)
        {
            return new AnalysisOutcome(null, new Refusal(503, "services-failed", ""));
        }

        var at = random.NextDouble() * Weights.Sum();
        var label = Enumerable.Range(0, Weights.Length).First(i => (at -= Weights[i]) < 0);
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return new AnalysisOutcome(
            new Analysis
            {
                Id = "a",
                Status = AnalysisStatus.Done,
                Clip = new ClipDescription(ClipSeconds, "mp4", true, true),
                Fused = new FusedAnswer { Status = FusedStatus.Certain, Prediction = EmotionLabels.Names[label] },
                Timings = new Dictionary<string, double> { ["total"] = UsualMilliseconds * Math.Exp(Spread * normal) },
            },
            null);
    }
}
