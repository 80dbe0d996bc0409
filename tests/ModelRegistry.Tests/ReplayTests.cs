using Emotion.ModelRegistry.Blobs;
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
    public async Task Channel_PlayedBack_IsMovedPastWhatWasSeenOnlyByForce()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        var registry = Registry(options);
        await PlayBackAsync(registry);
        var promoter = Promoter(Registry(options));
        var request = new PromotionRequest("r2", "stable", 1, "ada", "again");

        var refused = await Assert.ThrowsAsync<PromotionRefusedException>(() => promoter.PromoteAsync(request, Cancelled));
        var moved = await promoter.PromoteAsync(request with { Force = true }, Cancelled);

        Assert.Contains("its history since would be lost", Assert.Single(refused.Objections).Message);
        Assert.Equal(3, moved.Channel.Generation);
        Assert.Contains("went back from generation 2 to 1", Assert.Single(moved.Channel.History[^1].Overruled!));
        Assert.Equal("r2", (await registry.ChannelAsync("stable", Cancelled))!.Channel.Release);
    }

    [Fact]
    public async Task Channel_PlayedBack_IsNeitherRolledBackNorMovedUnasked()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        await PlayBackAsync(Registry(options));
        var registry = Registry(options);

        var rolledBack = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.RollbackAsync("stable", "ada", "worse", Cancelled));
        var promoted = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.PromoteAsync("stable", "r2", 1, "ada", "again", Cancelled));

        Assert.All([rolledBack, promoted], refused => Assert.Contains("went back from generation 2 to 1", refused.Message));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_003)]
    [InlineData(long.MaxValue)]
    public async Task Promote_PastAGenerationOutOfReach_IsRefusedAndLeavesTheChannel(long generation)
    {
        var registry = Registry(azurite.CreateOptions());
        await PlayBackAsync(registry);
        var request = new PromotionRequest("r2", "stable", 1, "ada", "restored") { Force = true };

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Promoter(registry).PromoteAsync(request with { PastGeneration = generation }, Cancelled));
        var furthest = await Promoter(registry).PromoteAsync(request with { PastGeneration = 1_000_002 }, Cancelled);

        Assert.Contains("0 to 1000002", refused.Message);
        Assert.Equal(1_000_003, furthest.Channel.Generation);
    }

    [Theory]
    [InlineData(long.MaxValue, true)]
    [InlineData(long.MaxValue, false)]
    [InlineData(2_000_000, true)]
    public async Task Channel_OfAGenerationThatNoPromotionsLeadTo_IsRefusedAndForceWritesItAnew(long generation, bool seenBefore)
    {
        var options = azurite.CreateOptions();
        var writer = Registry(options);
        await PlayBackAsync(writer);
        var reader = seenBefore ? writer : Registry(options);
        var stored = (await writer.Blobs.ReadAsync("channels/stable.json", Cancelled))!;
        var absurd = RegistryJson.Read<ChannelManifest>(stored.Content, "test") with { Generation = generation };
        await writer.Blobs.ReplaceAsync("channels/stable.json", BlobStore.Serialize(absurd), null, stored.ETag, Cancelled);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => reader.ChannelAsync("stable", Cancelled));
        var written = await Promoter(reader).PromoteAsync(new PromotionRequest("r2", "stable", 1, "ada", "repair") { Force = true }, Cancelled);

        Assert.Contains("no promotions lead to", refused.Message);
        Assert.Equal(seenBefore ? 3 : 1, written.Channel.Generation);
    }

    [Fact]
    public async Task Channel_PromotedAndReadByANeighbourWhileItIsRead_IsNoReplay()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        var neighbour = Registry(options);
        await PublishAsync(neighbour);
        await neighbour.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);
        using var network = new Interlude(
            request => request.Method == HttpMethod.Get && request.RequestUri!.AbsolutePath.EndsWith("channels/stable.json", StringComparison.Ordinal),
            () => neighbour.PromoteAsync("stable", "r2", 1, "ada", "second", Cancelled));

        var read = await FaultyNetwork.Connect(options, network).ChannelAsync("stable", Cancelled);

        Assert.Equal(("r2", 2), (read!.Channel.Release, read.Channel.Generation));
    }

    [Fact]
    public async Task Channel_PlayedBack_IsMovedPastAGenerationThatOthersSaw()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        await PlayBackAsync(Registry(options));
        options.CacheDirectory = Path.Combine(_packages.Root, "another machine");

        var moved = await Promoter(Registry(options)).PromoteAsync(new PromotionRequest("r2", "stable", 1, "ada", "restored") { PastGeneration = 41 }, Cancelled);

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

    private async Task PublishAsync(Registry registry)
    {
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r2", package), Cancelled);
    }

    /// <summary>Leaves generation 1 in the place of 2, both written and neither read by this registry.</summary>
    private async Task PlayBackAsync(Registry registry)
    {
        await PublishAsync(registry);
        await registry.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);
        var old = (await registry.Blobs.ReadAsync("channels/stable.json", Cancelled))!;
        Assert.Equal(2, (await registry.PromoteAsync("stable", "r2", 1, "ada", "second", Cancelled)).Generation);
        await registry.Blobs.ReplaceAsync(
            "channels/stable.json", old.Content, old.Signature, await registry.ChannelETagAsync("stable", Cancelled), Cancelled);
    }

    private static ReleasePromoter Promoter(Registry registry) => new(registry, Options.Create(new ModelPolicyOptions()));

    private static Registry Registry(ModelRegistryOptions options) => FaultyNetwork.Connect(options, new SocketsHttpHandler());
}
