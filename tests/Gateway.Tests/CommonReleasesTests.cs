using Emotion.Contracts.Common.V1;
using Emotion.Gateway.Releases;

namespace Emotion.Gateway.Tests;

public sealed class CommonReleasesTests
{
    [Fact]
    public void Of_OneReplicaLacksTheNewest_OffersWhatAllHave() =>
        Assert.Equal(["r1"], Of([Replica("r2", "r1", "r2")], [Replica("r2", "r1", "r2"), Replica("r1", "r1")]));

    [Fact]
    public void Of_ServiceWithoutReadyReplica_OffersNothing() =>
        Assert.Empty(Of([Replica("r1", "r1")], []));

    [Fact]
    public void Of_AllHaveBoth_DefaultOfMostComesFirst() =>
        Assert.Equal(["r1", "r2"], Of([Replica("r1", "r1", "r2")], [Replica("r1", "r1", "r2"), Replica("r2", "r1", "r2")]));

    [Fact]
    public void Of_DefaultsDisagreeEvenly_NewestComesFirst() =>
        Assert.Equal(["r2", "r1"], Of([Replica("r1", "r1", "r2")], [Replica("r2", "r1", "r2")]));

    [Fact]
    public void Of_NothingInCommon_OffersNothing() =>
        Assert.Empty(Of([Replica("r1", "r1")], [Replica("r2", "r2")]));

    [Fact]
    public void Of_NoChannelPointsAtOneOfThem_IsNotOfferedAnyMore() =>
        Assert.Equal(["r2"], Of([Unlisting("r1", Replica("r2", "r1", "r2"))], [Unlisting("r1", Replica("r2", "r1", "r2"))]));

    [Fact]
    public void Of_AnotherReplicaStillFollowsIt_StaysOffered() =>
        Assert.Equal(["r1"], Of([Unlisting("r1", Replica("r2", "r1", "r2"))], [Replica("r1", "r1")]));

    [Fact]
    public void Of_NothingElseThanWhatNoChannelPointsAt_IsOffered() =>
        Assert.Equal(["r1"], Of([Unlisting("r1", Replica("", "r1"))], [Unlisting("r1", Replica("", "r1"))]));

    [Fact]
    public void WithSay_OneStartedLateWithoutWhatIsOffered_HasNone()
    {
        var (old, late) = (Replica("r1", "r1"), Replica("r2", "r2"));

        Assert.Equal([old], CommonReleases.WithSay([old, late], ["r1"]));
        Assert.Equal([late], CommonReleases.WithSay([late], ["r1"]));
        Assert.Equal([old, late], CommonReleases.WithSay([old, late], []));
    }

    private static GetModelStatusResponse Unlisting(string release, GetModelStatusResponse replica)
    {
        replica.Loaded.Single(loaded => loaded.Release == release).Unlisted = true;
        return replica;
    }

    private static IEnumerable<string> Of(params GetModelStatusResponse[][] services) => CommonReleases.Of(services).Select(release => release.Name);

    private static GetModelStatusResponse Replica(string standard, params string[] releases) => new()
    {
        DefaultRelease = standard,
        Loaded =
        {
            releases.Select(release => new GetModelStatusResponse.Types.Loaded
            {
                Release = release, ClipWindow = new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 },
            }),
        },
    };
}
