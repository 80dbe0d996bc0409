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
