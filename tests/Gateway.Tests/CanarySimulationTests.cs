using Emotion.Gateway.Canary;

namespace Emotion.Gateway.Tests;

/// <summary>Whole lives of canaries, seeded, through the code that decides.</summary>
public sealed class CanarySimulationTests
{
    private const int Lives = 200;

    /// <summary>Each life is 1,000 answers of the canary, which is 40 looks.</summary>
    [Theory]
    [InlineData(0.5, 1)]
    [InlineData(0.1, 2)]
    [InlineData(0.9, 3)]
    public void Canary_NoDifferentFromStable_IsRolledBackAtMostTwiceIn200Lives(double share, int world)
    {
        var rolledBack = Enumerable.Range(0, Lives)
            .Select(life => new CanaryWorld(share, 1000 * world + life).Run(1000, Behaviour.Usual, Behaviour.Usual))
            .OfType<Emotion.ModelRegistry.Releases.ChannelHalt>()
            .ToList();

        Assert.True(rolledBack.Count <= 2, string.Join('\n', rolledBack.Select(halt => halt.Why)));
    }

    /// <summary>The looks spend what they may: with a rate of one in two some are rolled back, so the test above can fail.</summary>
    [Fact]
    public void Canary_NoDifferentFromStableWhereFalseAlarmsAreAllowed_IsRolledBackNowAndThen()
    {
        var options = new CanaryOptions { FalseRollbackRate = 0.5, MaximumErrorIncrease = 0, MaximumLatencyRatio = 1, MaximumShift = 0 };

        const int lives = 60;

        var rolledBack = Enumerable.Range(0, lives).Count(life => new CanaryWorld(0.5, life, options).Run(300, Behaviour.Usual, Behaviour.Usual) is not null);

        Assert.InRange(rolledBack, 1, lives / 2);
    }

    public static TheoryData<string, double, double, double[]> Bad => new()
    {
        { "errors", 0.3, 1, [30, 3, 25, 10, 14, 8, 5, 5] },
        { "errors", 1, 1, [30, 3, 25, 10, 14, 8, 5, 5] },
        { "latency", 0.01, 2.5, [30, 3, 25, 10, 14, 8, 5, 5] },
        { "shift", 0.01, 1, [0, 0, 1, 0, 0, 0, 0, 0] }, // It finds everybody happy.
        { "shift", 0.01, 1, [5, 5, 8, 14, 10, 25, 3, 30] }, // Its labels are in another order.
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void Canary_Bad_IsGoneWithin100OfItsRequests(string rule, double errors, double slower, double[] weights)
    {
        for (var life = 0; life < 50; life++)
        {
            var world = new CanaryWorld(0.1, life);

            var halt = world.Run(100, Behaviour.Usual, new Behaviour(errors, slower, weights));

            Assert.True(halt is not null, $"Life {life} of a canary with {rule} goes on after {world.Canaries} requests.");
            Assert.Equal(rule, halt.Rule);
            Assert.InRange(world.Canaries, 1, 100);
        }
    }

    [Fact]
    public void Canary_GoesBadLate_IsGoneWithinTheNext200OfItsRequests()
    {
        var world = new CanaryWorld(0.2, 7);
        Assert.Null(world.Run(2000, Behaviour.Usual, Behaviour.Usual));

        var halt = world.Run(2200, Behaviour.Usual, Behaviour.Usual with { Errors = 0.4 });

        Assert.Equal("errors", halt?.Rule);
    }

    [Fact]
    public void Canary_LittleWorseAllItsLife_IsFoundByAllThatItAnswered()
    {
        var world = new CanaryWorld(0.5, 8);

        var halt = world.Run(5000, Behaviour.Usual, Behaviour.Usual with { Errors = 0.06 });

        Assert.Equal("errors", halt?.Rule);
        Assert.InRange(world.Canaries, 101, 5000);
    }

    [Fact]
    public void Canary_AllRequestsAndNothingToCompareWith_IsGoneWhereMostFail()
    {
        Assert.Contains("nothing of stable", new CanaryWorld(1, 1).Run(100, Behaviour.Usual, Behaviour.Usual with { Errors = 0.8 })?.Why);
        Assert.Null(new CanaryWorld(1, 1).Run(1000, Behaviour.Usual, Behaviour.Usual with { Errors = 0.05 }));
    }

    /// <summary>All clips of one client are sad: that is the client and not the release.</summary>
    [Fact]
    public void Canary_OneClientSendsMostOfItsRequests_IsNoShift()
    {
        var world = new CanaryWorld(0.3, 11);
        var client = Enumerable.Range(0, 100).Select(i => $"client {i}").First(key => new ChannelPlan(CanaryWorld.Tried, 0.3, 1).Takes(key));
        var sad = new Behaviour(0, 3, 0, 0, 0, 1, 0, 0, 0, 0);
        for (var i = 0; i < 2000; i++)
        {
            world.Send(client, sad, sad);
            world.Send(null, Behaviour.Usual, Behaviour.Usual);
        }

        Assert.Null(world.Rollout.Halt);
    }
}
