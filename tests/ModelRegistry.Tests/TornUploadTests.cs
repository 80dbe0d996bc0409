using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Signing;

namespace Emotion.ModelRegistry.Tests;

/// <summary>A publisher that dies at any point: nobody sees anything of it, and publishing again finishes it.</summary>
public sealed class TornUploadTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _packages.Dispose();
        _keys.Dispose();
    }

    // Two files, with a key their signature, and the manifest; a release likewise.
    [Theory]
    [InlineData(false, false, 3)]
    [InlineData(false, true, 3)]
    [InlineData(true, false, 4)]
    [InlineData(true, true, 4)]
    public async Task Publish_DiesAtAnyBlob_NothingIsSeenAndPublishingAgainHeals(bool signed, bool afterTheBlob, int blobs)
    {
        var package = await _packages.SealAsync("audio");
        for (var k = 0; k < blobs; k++)
        {
            var options = Options(signed);
            var network = Dying(k, afterTheBlob);
            await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, network).PublishAsync(package, Cancelled));
            var registry = FaultyNetwork.Connect(options, new SocketsHttpHandler());
            // Only the very last blob, the manifest, makes a version of it.
            var committed = afterTheBlob && k == blobs - 1;
            Assert.Equal(committed ? [package.Version] : [], await registry.VersionsAsync("audio", Cancelled));
            if (!committed)
            {
                await Assert.ThrowsAsync<RegistryNotFoundException>(() => registry.FetchAsync("audio", package.Version, Cancelled));
                await registry.PublishAsync(package, Cancelled);
            }

            Assert.Equal(package.Manifest.Files, (await registry.FetchAsync("audio", package.Version, Cancelled)).Manifest.Files);
        }
    }

    [Theory]
    [InlineData(false, false, 1)]
    [InlineData(true, false, 2)]
    [InlineData(true, true, 2)]
    public async Task PublishRelease_DiesAtAnyBlob_NothingIsSeenAndPublishingAgainHeals(bool signed, bool afterTheBlob, int blobs)
    {
        var package = await _packages.SealAsync("audio");
        for (var k = 0; k < blobs; k++)
        {
            var options = Options(signed);
            var registry = FaultyNetwork.Connect(options, new SocketsHttpHandler());
            await registry.PublishAsync(package, Cancelled);
            var release = TestPackages.Release("r1", package);
            await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, Dying(k, afterTheBlob)).PublishReleaseAsync(release, Cancelled));
            var committed = afterTheBlob && k == blobs - 1;
            Assert.Equal(committed ? ["r1"] : [], await registry.ReleasesAsync(Cancelled));
            if (!committed)
            {
                await registry.PublishReleaseAsync(release, Cancelled);
            }

            Assert.Equal(release.Models, (await registry.ReleaseAsync("r1", Cancelled)).Models);
        }
    }

    [Fact]
    public async Task Promote_DiesWhileItWrites_TheChannelIsTheOldOneOrTheNewOneWhole()
    {
        var package = await _packages.SealAsync("audio");
        foreach (var after in (bool[])[false, true])
        {
            var options = Options(signed: true);
            var registry = FaultyNetwork.Connect(options, new SocketsHttpHandler());
            await registry.PublishAsync(package, Cancelled);
            await registry.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);
            await registry.PublishReleaseAsync(TestPackages.Release("r2", package), Cancelled);
            await registry.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);

            await Assert.ThrowsAnyAsync<Exception>(
                () => FaultyNetwork.Connect(options, Dying(0, after)).PromoteAsync("stable", "r2", 1, "ada", "second", Cancelled));

            Assert.Equal(after ? "r2" : "r1", (await registry.ChannelAsync("stable", Cancelled))!.Channel.Release);
        }
    }

    [Fact]
    public async Task Publish_OneAnswerIsLost_IsNoConflictWithOneself()
    {
        var package = await _packages.SealAsync("audio");
        for (var k = 0; k < 3; k++)
        {
            var options = Options(signed: false);
            options.MaxRetries = 2;
            var network = new FaultyNetwork { LoseAnswerOfWrite = k };

            await FaultyNetwork.Connect(options, network).PublishAsync(package, Cancelled);

            Assert.Equal([package.Version], await FaultyNetwork.Connect(options, new SocketsHttpHandler()).VersionsAsync("audio", Cancelled));
            // Three blobs, and one of them twice.
            Assert.Equal(4, network.Writes);
        }
    }

    [Fact]
    public async Task Promote_TheAnswerIsLost_IsNoConflictWithOneself()
    {
        var options = Options(signed: false);
        options.MaxRetries = 2;
        var registry = FaultyNetwork.Connect(options, new SocketsHttpHandler());
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);

        var moved = await FaultyNetwork.Connect(options, new FaultyNetwork { LoseAnswerOfWrite = 0 }).PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);

        Assert.Equal(1, moved.Generation);
        Assert.Equal(1, (await registry.ChannelAsync("stable", Cancelled))!.Channel.Generation);
    }

    private static FaultyNetwork Dying(int write, bool afterTheBlob) => afterTheBlob
        ? new FaultyNetwork { LoseAnswerOfWrite = write, DieWithAnswer = true }
        : new FaultyNetwork { DieBeforeWrite = write };

    private ModelRegistryOptions Options(bool signed)
    {
        var options = azurite.CreateOptions();
        options.MaxRetries = 0;
        return signed ? _keys.Sign(options) : options;
    }
}
