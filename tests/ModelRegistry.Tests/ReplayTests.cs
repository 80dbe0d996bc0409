using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Upkeep;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry.Tests;

/// <summary>An older channel, with the good signature that it had, put back by somebody.</summary>
public sealed class ReplayTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _packages.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task Channel_PlayedBack_IsRefusedByTheReaderAndByItsNextStart()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        var reader = Registry(options);
        await PlayBackAsync(reader);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => reader.ChannelAsync("stable", Cancelled));
        var restarted = await Assert.ThrowsAsync<PackageIntegrityException>(() => Registry(options).ChannelAsync("stable", Cancelled));

        Assert.Contains("went back from generation 2 to 1", refused.Message);
        Assert.Contains("went back from generation 2 to 1", restarted.Message);
    }

    [Fact]
    public async Task Channel_PlayedBack_IsMovedPastWhatWasSeenByPromoting()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        var registry = Registry(options);
        await PlayBackAsync(registry);

        var moved = await Registry(options).PromoteAsync("stable", "r2", 1, "ada", "again", Cancelled);

        Assert.Equal(3, moved.Generation);
        Assert.Equal("r2", (await registry.ChannelAsync("stable", Cancelled))!.Channel.Release);
    }

    [Fact]
    public async Task Channel_PlayedBack_IsMovedPastAGenerationThatOthersSaw()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        await PlayBackAsync(Registry(options));
        options.CacheDirectory = Path.Combine(_packages.Root, "another machine");
        var promoter = new ReleasePromoter(Registry(options), Options.Create(new ModelPolicyOptions()));

        var moved = await promoter.PromoteAsync(new PromotionRequest("r2", "stable", 1, "ada", "restored") { PastGeneration = 41 }, Cancelled);

        Assert.Equal(42, moved.Channel.Generation);
    }

    [Fact]
    public async Task Channel_PlayedBackToAReaderThatNeverSawTheNewerOne_IsUsed()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        await PlayBackAsync(Registry(options));
        options.CacheDirectory = Path.Combine(_packages.Root, "another machine");

        Assert.Equal(1, (await Registry(options).ChannelAsync("stable", Cancelled))!.Channel.Generation);
    }

    [Fact]
    public async Task Channel_PlayedBack_IsNeitherSignedAnewNorBelievedByPrune()
    {
        using var next = new TestKeys();
        var options = _keys.Sign(azurite.CreateOptions());
        await PlayBackAsync(Registry(options));
        var signer = new RegistrySigner(Registry(next.Sign(options)));
        var pruner = new RegistryPruner(Registry(options));

        var signed = await Assert.ThrowsAsync<PackageIntegrityException>(
            async () => await signer.SignAllAsync("ada", adoptUnsigned: false, Cancelled).ToListAsync(Cancelled));
        var pruned = await Assert.ThrowsAsync<PackageIntegrityException>(
            () => pruner.PlanAsync(new PruneRequest(TimeSpan.Zero, 0, 1, Releases: true), Cancelled));

        Assert.All([signed, pruned], refused => Assert.Contains("went back from generation 2 to 1", refused.Message));
    }

    [Fact]
    public async Task Channel_PlayedBackWithoutKeys_IsRefusedUntilTheReaderStartsAgain()
    {
        var options = azurite.CreateOptions();
        var reader = Registry(options);
        await PlayBackAsync(reader);

        await Assert.ThrowsAsync<PackageIntegrityException>(() => reader.ChannelAsync("stable", Cancelled));

        // Without signatures whoever can play back can as well write a higher generation.
        Assert.Equal(1, (await Registry(options).ChannelAsync("stable", Cancelled))!.Channel.Generation);
    }

    [Fact]
    public void Seen_TwoProcessesOfOneFolder_NoneLowersWhatTheOtherSaw()
    {
        var (one, other) = (Seen("http://a/models"), Seen("http://a/models"));
        one.Check("stable", 3);
        other.Check("stable", 7);

        Assert.Throws<PackageIntegrityException>(() => one.Check("stable", 6));
        one.Check("stable", 7);
        Assert.Equal(7, Seen("http://a/models").Highest("stable"));
        Assert.Equal(0, Seen("http://a/models").Highest("canary"));
        Assert.Equal(0, Seen("http://b/models").Highest("stable"));
    }

    private SeenGenerations Seen(string address) => new(_packages.Root, address, persistent: true);

    /// <summary>Leaves generation 1 in the place of 2, both read by this reader.</summary>
    private async Task PlayBackAsync(Registry registry)
    {
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r2", package), Cancelled);
        await registry.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);
        var old = (await registry.Blobs.ReadAsync("channels/stable.json", Cancelled))!;
        await registry.PromoteAsync("stable", "r2", 1, "ada", "second", Cancelled);
        Assert.Equal(2, (await registry.ChannelAsync("stable", Cancelled))!.Channel.Generation);
        await registry.Blobs.ReplaceAsync(
            "channels/stable.json", old.Content, old.Signature, await registry.ChannelETagAsync("stable", Cancelled), Cancelled);
    }

    private static Registry Registry(ModelRegistryOptions options) => FaultyNetwork.Connect(options, new SocketsHttpHandler());
}
