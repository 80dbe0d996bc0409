using Emotion.Gateway.Releases;

namespace Emotion.Gateway.Tests;

public sealed class SilentReplicasTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Hung_ReplicaThatIsSilentForLong_IsNamedUntilItSaysSomething()
    {
        var silent = new SilentReplicas<string>(TimeSpan.FromSeconds(5), _clock);

        Assert.Empty(Hung(silent, "a"));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(Hung(silent, "a", "b"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], Hung(silent, "a", "b"));
        Assert.Empty(Hung(silent, "b"));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(["b"], Hung(silent, "a", "b")); // a has spoken in between.
    }

    private List<string> Hung(SilentReplicas<string> silent, params string[] now) => silent.Hung(now, _clock.GetTimestamp());
}
