using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Tests;

/// <summary>Who gets which release, and what of an analysis counts.</summary>
public sealed class RolloutTests
{
    [Theory]
    [InlineData(0.0001)]
    [InlineData(0.025)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Takes_ManyKeys_TakesTheShareOfThem(double share)
    {
        const int keys = 100_000;
        var plan = new ChannelPlan("r2", share, 1);

        var taken = Enumerable.Range(0, keys).Count(key => plan.Takes($"key {key}"));

        Assert.InRange(taken, keys * share - 5 * Math.Sqrt(keys * share), keys * share + 5 * Math.Sqrt(keys * share));
    }

    [Fact]
    public void Takes_ShareThatGrows_KeepsWhoWasIn()
    {
        var keys = Enumerable.Range(0, 1000).Select(key => $"key {key}").ToList();

        Assert.Superset(keys.Where(new ChannelPlan("r2", 0.05, 1).Takes).ToHashSet(), keys.Where(new ChannelPlan("r2", 0.2, 2).Takes).ToHashSet());
        Assert.NotEqual(keys.Where(new ChannelPlan("r2", 0.2, 1).Takes), keys.Where(new ChannelPlan("r3", 0.2, 1).Takes));
    }

    /// <summary>Gateways of other versions and on other machines must agree.</summary>
    [Fact]
    public void Share_OfAKey_IsTheSameForEver()
    {
        Assert.Equal(0.6406509312336185, StableHash.Share("r2", "ada"), 1e-15);
        Assert.Equal(StableHash.Of("ada"), StableHash.Of("ada"));
    }

    [Fact]
    public void Follow_CanaryThatWasCondemned_StaysOffUntilSomebodyMovesIt()
    {
        var world = new CanaryWorld(0.5, 3);
        Assert.NotNull(world.Run(100, Behaviour.Usual, Behaviour.Usual with { Errors = 1 }));

        world.Rollout.Follow(new ChannelPlan(CanaryWorld.Tried, 0.5, 1), null);
        Assert.Null(world.Rollout.Canary);

        world.Rollout.Follow(new ChannelPlan(CanaryWorld.Tried, 0.5, 2), null);
        Assert.Equal((2, null), (world.Rollout.Canary!.Generation, world.Rollout.Halt));
    }

    [Fact]
    public void Observe_RollbackIsNotWanted_OnlyMeasures()
    {
        var world = new CanaryWorld(0.5, 3, new CanaryOptions { AutomaticRollback = false });

        Assert.Null(world.Run(200, Behaviour.Usual, Behaviour.Usual with { Errors = 1 }));
        Assert.NotNull(world.Rollout.Canary);
    }

    [Fact]
    public void Evidence_ByHowAnAnalysisEnded_CountsOnlyWhatServicesDid()
    {
        Assert.Null(CanaryEvidence.Of(new AnalysisOutcome(null, Refusal.CancelledByCaller), null, 1));
        Assert.Null(CanaryEvidence.Of(new AnalysisOutcome(null, new Refusal(422, "damaged", "")), null, 1));
        Assert.True(CanaryEvidence.Of(new AnalysisOutcome(null, new Refusal(504, "deadline", "")), null, 1)!.Value.Failed);
        Assert.True(CanaryEvidence.Of(WithVideo("no-service: The video service did not answer (Unavailable)."), null, 1)!.Value.Failed);
        Assert.False(CanaryEvidence.Of(WithVideo("unreadable: The picture track cannot be read."), null, 1)!.Value.Failed);
        var answer = Behaviour.Answer("happy", 800).Analysis!;
        // Its fusion does not fit its other models: each request gets an answer, and none of them is the release's.
        Assert.True(CanaryEvidence.Of(new AnalysisOutcome(answer with { Fused = answer.Fused! with { Fallback = true } }, null), null, 1)!.Value.Failed);
        var answered = CanaryEvidence.Of(Behaviour.Answer("happy", 800), 5, 9)!.Value;
        Assert.Equal((9, false, 0.2, 2, 5UL), (answered.Number, answered.Failed, answered.Latency, answered.Prediction, answered.Client!.Value));
    }

    [Fact]
    public void Comparison_OfTwoAnswers_IsFrom0To1()
    {
        var (happy, sad) = (Sure("happy"), Sure("sad"));

        Assert.Equal(new ShadowComparison(true, 0), ShadowComparison.Of(happy, happy));
        Assert.Equal(new ShadowComparison(false, 1), ShadowComparison.Of(happy, sad));
        Assert.Equal(new ShadowComparison(false, 1), ShadowComparison.Of(happy, new FusedAnswer { Status = FusedStatus.None }));
        Assert.Equal(new ShadowComparison(true, 0), ShadowComparison.Of(null, null));
    }

    private static FusedAnswer Sure(string label) => new()
    {
        Status = FusedStatus.Certain,
        Prediction = label,
        Posterior = new Posterior(0, 0, label == "happy" ? 1 : 0, label == "sad" ? 1 : 0, 0, 0, 0, 0),
    };

    private static AnalysisOutcome WithVideo(string reason)
    {
        var used = new ModalityAnswer { Status = ModalityStatus.Used };
        var answer = Behaviour.Answer("happy", 800).Analysis!;
        return new AnalysisOutcome(answer with { Modalities = new ModalityAnswers(used, new ModalityAnswer { Status = ModalityStatus.Failed, Reason = reason }, used) }, null);
    }
}
