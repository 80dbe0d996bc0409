using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Channels forwards, past the gate, and backwards.</summary>
public sealed class ChannelTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Rollback_AfterThreePromotions_GoesStepByStepAndTheGenerationRises()
    {
        var registry = await RegistryOfAsync("r1", "r2", "r3");
        foreach (var release in (string[])["r1", "r2", "r3"])
        {
            await registry.PromoteAsync("stable", release, 1, "ada", "next", Cancelled);
        }

        var once = await registry.RollbackAsync("stable", "bob", "worse", Cancelled);
        var twice = await registry.RollbackAsync("stable", "bob", "worse too", Cancelled);
        var none = await Assert.ThrowsAsync<RegistryNotFoundException>(() => registry.RollbackAsync("stable", "bob", "and again", Cancelled));

        Assert.Equal(("r2", 4), (once.Release, once.Generation));
        Assert.Equal(("r1", 5), (twice.Release, twice.Generation));
        Assert.Equal(("bob", "worse too", "r2", "r1", true), twice.History.Select(c => (c.Who, c.Why, c.From, c.To, c.IsRollback)).Last());
        Assert.Contains("pointed to nothing before r1", none.Message);
    }

    [Fact]
    public async Task Rollback_PromotedAgainInBetween_GoesToWhatWasServedBefore()
    {
        var registry = await RegistryOfAsync("r1", "r2", "r3");
        await registry.PromoteAsync("stable", "r1", 1, "ada", "", Cancelled);
        await registry.PromoteAsync("stable", "r2", 1, "ada", "", Cancelled);
        await registry.RollbackAsync("stable", "ada", "", Cancelled);
        await registry.PromoteAsync("stable", "r3", 1, "ada", "", Cancelled);

        Assert.Equal("r1", (await registry.RollbackAsync("stable", "ada", "", Cancelled)).Release);
    }

    [Fact]
    public async Task Rollback_CanaryWhoseShareGrew_GoesToTheReleaseBeforeWithTheShareThatItHad()
    {
        var registry = await RegistryOfAsync("r1", "r2");
        await registry.PromoteAsync("canary", "r1", 0.2, "ada", "", Cancelled);
        await registry.PromoteAsync("canary", "r2", 0.05, "ada", "", Cancelled);
        await registry.PromoteAsync("canary", "r2", 0.5, "ada", "", Cancelled);

        var back = await registry.RollbackAsync("canary", "ada", "", Cancelled);

        Assert.Equal(("r1", 0.2), (back.Release, back.Share));
    }

    [Fact]
    public async Task Rollback_HistoryCutShort_KnowsOnlyWhatIsLeft()
    {
        var options = azurite.CreateOptions();
        options.HistoryLength = 2;
        var registry = await RegistryOfAsync(options, "r1", "r2", "r3");
        foreach (var release in (string[])["r1", "r2", "r3"])
        {
            await registry.PromoteAsync("stable", release, 1, "ada", "", Cancelled);
        }

        Assert.Equal("r2", (await registry.RollbackAsync("stable", "ada", "", Cancelled)).Release);
        await Assert.ThrowsAsync<RegistryNotFoundException>(() => registry.RollbackAsync("stable", "ada", "", Cancelled));
    }

    [Fact]
    public async Task Rollback_NeverPromoted_SaysSo()
    {
        var registry = await RegistryOfAsync("r1");

        var refused = await Assert.ThrowsAsync<RegistryNotFoundException>(() => registry.RollbackAsync("canary", "ada", "", Cancelled));

        Assert.Contains("Nothing was ever promoted to channel 'canary'", refused.Message);
    }

    [Fact]
    public async Task Halt_OnTheGenerationDecidedOn_TakesTheShareAndKeepsTheReason()
    {
        var registry = await RegistryOfAsync("r1");
        await registry.PromoteAsync("canary", "r1", 0.025, "ada", "a try", Cancelled);

        var (halted, changed) = await registry.HaltAsync(new ChannelHalt("canary", 1, "errors", "gateway a", "half of it fails"), Cancelled);

        Assert.True(changed);
        Assert.Equal(("r1", 0, 2), (halted.Release, halted.Share, halted.Generation));
        var halt = (await registry.ChannelAsync("canary", Cancelled))!.Channel.Halt()!;
        Assert.Equal(("gateway a", "errors", "half of it fails", "r1", "r1"), (halt.Who, halt.HaltedBy, halt.Why, halt.From, halt.To));
        Assert.Null((await registry.PromoteAsync("canary", "r1", 0.01, "ada", "once more", Cancelled)).Halt());
        Assert.Null((await registry.PromoteAsync("canary", "r1", 0, "ada", "enough", Cancelled)).Halt());
    }

    [Fact]
    public async Task Halt_SomebodyMovedTheChannelSince_ChangesNothing()
    {
        var registry = await RegistryOfAsync("r1", "r2");
        await registry.PromoteAsync("canary", "r1", 0.1, "ada", "a try", Cancelled);
        await registry.PromoteAsync("canary", "r2", 0.1, "ada", "another", Cancelled);

        var (now, changed) = await registry.HaltAsync(new ChannelHalt("canary", 1, "errors", "gateway a", "r1 fails"), Cancelled);

        Assert.False(changed);
        Assert.Equal(("r2", 0.1, 2), (now.Release, now.Share, now.Generation));
        await Assert.ThrowsAsync<ArgumentException>(() => registry.HaltAsync(new ChannelHalt("stable", 1, "errors", "gateway a", ""), Cancelled));
    }

    [Theory]
    [InlineData("stable", 0.5)]
    [InlineData("canary", 1.01)]
    [InlineData("canary", -0.1)]
    [InlineData("canary", double.NaN)]
    public async Task Promote_ShareThatIsNone_IsRefused(string channel, double share)
    {
        var registry = await RegistryOfAsync("r1");

        await Assert.ThrowsAsync<ArgumentException>(() => registry.PromoteAsync(channel, "r1", share, "ada", "", Cancelled));

        Assert.Null(await registry.ChannelAsync(channel, Cancelled));
    }

    [Fact]
    public async Task Promoter_WorseRelease_IsRefusedAndLeavesTheChannel_ForcedKeepsARecord()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "good", 0.8);
        await PublishAsync(registry, "bad", 0.6);
        var promoter = new ReleasePromoter(registry, Options.Create(new ModelPolicyOptions()));
        var first = await promoter.PromoteAsync(new PromotionRequest("good", "stable", 1, "ada", "first"), Cancelled);
        var request = new PromotionRequest("bad", "stable", 1, "bob", "it is faster");

        var refused = await Assert.ThrowsAsync<PromotionRefusedException>(() => promoter.PromoteAsync(request, Cancelled));
        var standing = (await registry.ChannelAsync("stable", Cancelled))!.Channel;
        var forced = await promoter.PromoteAsync(request with { Force = true }, Cancelled);

        Assert.Empty(first.Overruled);
        Assert.Equal(ObjectionKind.MetricFell, Assert.Single(refused.Objections).Kind);
        Assert.Equal(("good", 1), (standing.Release, standing.Generation));
        var change = (await registry.ChannelAsync("stable", Cancelled))!.Channel.History[^1];
        Assert.Equal(("bob", "it is faster", "bad"), (change.Who, change.Why, change.To));
        Assert.Contains("test.uar falls from 80.0 to 60.0", Assert.Single(change.Overruled!));
        Assert.Equal(change.Overruled, forced.Overruled.Select(objection => objection.Message));
    }

    [Fact]
    public async Task Promoter_FirstOfAnotherChannel_IsComparedWithStable()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "good", 0.8);
        await PublishAsync(registry, "bad", 0.6);
        var promoter = new ReleasePromoter(registry, Options.Create(new ModelPolicyOptions()));
        await promoter.PromoteAsync(new PromotionRequest("bad", "preview", 0.1, "ada", "nothing is stable yet"), Cancelled);
        await promoter.PromoteAsync(new PromotionRequest("good", "stable", 1, "ada", "first"), Cancelled);

        var refused = await Assert.ThrowsAsync<PromotionRefusedException>(
            () => promoter.PromoteAsync(new PromotionRequest("bad", "canary", 0.1, "ada", "a try"), Cancelled));
        await promoter.PromoteAsync(new PromotionRequest("good", "canary", 0.1, "ada", "a try"), Cancelled);

        Assert.Equal(ObjectionKind.MetricFell, Assert.Single(refused.Objections).Kind);
        Assert.Equal("good", (await registry.ChannelAsync("canary", Cancelled))!.Channel.Release);
    }

    [Fact]
    public async Task Promoter_ForceWithNothingAgainstIt_RecordsNothing()
    {
        var registry = await RegistryOfAsync("r1");
        var promoter = new ReleasePromoter(registry, Options.Create(new ModelPolicyOptions()));

        await promoter.PromoteAsync(new PromotionRequest("r1", "stable", 1, "ada", "") { Force = true }, Cancelled);

        Assert.Null((await registry.ChannelAsync("stable", Cancelled))!.Channel.History[^1].Overruled);
    }

    [Fact]
    public async Task Promoter_ChannelThatWasAltered_IsReplacedOnlyByForce()
    {
        using var keys = new TestKeys();
        var registry = await RegistryOfAsync(keys.Sign(azurite.CreateOptions()), "r1", "r2");
        await registry.PromoteAsync("stable", "r1", 1, "ada", "", Cancelled);
        var stored = (await registry.Blobs.ReadAsync("channels/stable.json", Cancelled))!;
        await registry.Blobs.ReplaceAsync("channels/stable.json", [.. stored.Content, (byte)' '], stored.Signature, stored.ETag, Cancelled);
        var promoter = new ReleasePromoter(registry, Options.Create(new ModelPolicyOptions()));
        var request = new PromotionRequest("r2", "stable", 1, "ada", "repair");

        var refused = await Assert.ThrowsAsync<PromotionRefusedException>(() => promoter.PromoteAsync(request, Cancelled));
        await promoter.PromoteAsync(request with { Force = true }, Cancelled);

        Assert.Contains("its history would be lost", refused.Message);
        Assert.Equal("r2", (await registry.ChannelAsync("stable", Cancelled))!.Channel.Release);
    }

    private async Task PublishAsync(Registry registry, string release, double uar)
    {
        var package = await _packages.SealAsync(
            TestPackages.Draft("audio") with { Metrics = new JsonObject { ["test"] = new JsonObject { ["set"] = "test actors", ["n"] = 240, ["uar"] = uar } } }, release);
        await registry.PublishAsync(package, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release(release, package), Cancelled);
    }

    private Task<Registry> RegistryOfAsync(params string[] releases) => RegistryOfAsync(azurite.CreateOptions(), releases);

    private async Task<Registry> RegistryOfAsync(ModelRegistryOptions options, params string[] releases)
    {
        var registry = new Registry(Options.Create(options), TimeProvider.System);
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        foreach (var release in releases)
        {
            await registry.PublishReleaseAsync(TestPackages.Release(release, package), Cancelled);
        }

        return registry;
    }
}
