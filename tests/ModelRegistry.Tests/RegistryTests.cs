using System.Text.Json;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Promotion;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry.Tests;

public sealed class RegistryTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Fetch_PublishedPackage_IsTheSamePackage()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.SealAsync("audio", new string('x', 3_000_000));
        await registry.PublishAsync(package, Cancelled);

        var fetched = await registry.FetchAsync("audio", package.Version, Cancelled);

        Assert.Equal(package.Manifest.Files, fetched.Manifest.Files);
        Assert.Equal(3_000_000, new FileInfo(fetched.PathOf("model.onnx")).Length);
        Assert.Equal([package.Version], await registry.VersionsAsync("audio", Cancelled));
    }

    [Fact]
    public async Task Fetch_EveryByteThatIsRead_IsCheckedWhereTheCallerWants()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.SealAsync("audio", "good");
        await registry.PublishAsync(package, Cancelled);
        var checks = new List<string>();
        Task<ModelPackage> FetchAsync() => registry.FetchAsync("audio", package.Version, open =>
        {
            var opened = open();
            checks.Add(Path.GetFileName(opened.Directory));
            return Task.FromResult(opened);
        }, Cancelled);

        await FetchAsync();
        Assert.Equal(2, checks.Count); // As it came, and in its place.
        Assert.StartsWith(package.Version + ".fetching-", checks[0], StringComparison.Ordinal);
        await FetchAsync();

        Assert.Equal([package.Version, package.Version], checks[1..]);
    }

    [Fact]
    public async Task Fetch_DamagedCache_IsFetchedAnew()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.SealAsync("audio", "good");
        await registry.PublishAsync(package, Cancelled);
        var fetched = await registry.FetchAsync("audio", package.Version, Cancelled);
        await File.WriteAllTextAsync(fetched.PathOf("model.onnx"), "evil", Cancelled);

        var again = await registry.FetchAsync("audio", package.Version, Cancelled);

        Assert.Equal("good", await File.ReadAllTextAsync(again.PathOf("model.onnx"), Cancelled));
    }

    [Fact]
    public async Task Fetch_SomebodyElsesFolderTakesThePlaceMeanwhile_IsRefused()
    {
        var options = azurite.CreateOptions();
        var package = await _packages.SealAsync("audio", "good");
        await Connect(options).PublishAsync(package, Cancelled);
        var other = await _packages.SealAsync("audio", "good in itself, and another");
        var place = Path.Combine(options.CacheDirectory, "audio", package.Version);
        using var network = new Interlude(
            request => request.RequestUri!.AbsolutePath.EndsWith("model.onnx", StringComparison.Ordinal),
            () => Task.Run(() => Directory.Move(other.Directory, place)));

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(
            () => FaultyNetwork.Connect(options, network).FetchAsync("audio", package.Version, Cancelled));

        Assert.Contains("somebody else writes into this cache", refused.Message);
    }

    [Fact]
    public async Task Fetch_PackageOverTheLimit_IsRefusedAndLeavesNothing()
    {
        var cache = Path.Combine(_packages.Root, "cache");
        var options = azurite.CreateOptions();
        var package = await _packages.SealAsync("audio", new string('x', 4096));
        await Connect(options).PublishAsync(package, Cancelled);
        (options.MaxPackageBytes, options.CacheDirectory) = (2048, cache);
        var registry = Connect(options);

        await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.FetchAsync("audio", package.Version, Cancelled));

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(cache, "audio")));
    }

    [Fact]
    public async Task Publish_SameVersionTwice_IsAConflict()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);

        await Assert.ThrowsAsync<RegistryConflictException>(() => registry.PublishAsync(package, Cancelled));
    }

    [Fact]
    public async Task Publish_RacingPublishers_ExactlyOneWins()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.SealAsync("audio");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Record.ExceptionAsync(() => registry.PublishAsync(package, Cancelled)).AsTask()));

        Assert.Single(outcomes, outcome => outcome is null);
        Assert.Equal(3, outcomes.Count(outcome => outcome is RegistryConflictException));
    }

    [Fact]
    public async Task PublishRelease_FusionTrainedOnOtherVersions_IsRefused()
    {
        var registry = azurite.CreateRegistry();
        var audio = await _packages.SealAsync("audio");
        var fusion = await _packages.SealAsync("fusion", trainedOn: new() { ["audio"] = "20200101-0000-00000000" });
        await registry.PublishAsync(audio, Cancelled);
        await registry.PublishAsync(fusion, Cancelled);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.PublishReleaseAsync(Release("r1", audio.Version, fusion.Version), Cancelled));

        Assert.Contains("not coherent", refused.Message);
    }

    [Fact]
    public async Task PublishRelease_LargerThanAnybodyReads_IsRefusedAndLeavesNothing()
    {
        var registry = azurite.CreateRegistry(configure: options => options.MaxManifestBytes = 2048);
        var audio = await _packages.SealAsync("audio");
        await registry.PublishAsync(audio, Cancelled);
        var models = Enumerable.Range(0, 100).ToDictionary(i => $"audio-{i}", _ => audio.Version);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(
            () => registry.PublishReleaseAsync(Release("r1", audio.Version, null) with { Models = models }, Cancelled));

        Assert.Matches(@"^Release r1 has \d{4,5} bytes; the limit is 2048 ", refused.Message);
        Assert.Empty(await registry.ReleasesAsync(Cancelled));
    }

    [Fact]
    public async Task PublishRelease_PackageThatFailsItsTrial_UploadsNothing()
    {
        var registry = azurite.CreateRegistry();
        var folder = Path.Combine(_packages.Root, "models");
        var audio = Move(await _packages.SealAsync("audio"), folder);
        var video = Move(await _packages.SealAsync("video"), folder);
        var release = Release("first", audio, null) with { Models = new Dictionary<string, string> { ["audio"] = audio, ["video"] = video } };
        await File.WriteAllTextAsync(Path.Combine(folder, "release.json"), JsonSerializer.Serialize(release, RegistryJson.Options), Cancelled);
        var tried = new List<string>();
        Task Trial(ModelPackage package, CancellationToken cancellationToken)
        {
            tried.Add(package.Name);
            return package.Name == "video" ? throw new PackageIntegrityException("video does not answer") : Task.CompletedTask;
        }

        await Assert.ThrowsAsync<PackageIntegrityException>(() => new ReleasePublisher(registry).PublishReleaseAsync(folder, Trial, Cancelled));

        Assert.Equal(["audio", "video"], tried);
        Assert.Empty(await registry.Packages.UploadsAsync("", Cancelled));
    }

    [Fact]
    public async Task Promote_TwoInARow_RaiseTheGenerationAndKeepTheHistory()
    {
        var registry = azurite.CreateRegistry();
        var (first, second) = await PublishTwoReleasesAsync(registry);

        await registry.PromoteAsync("stable", first, 1, "ada", "first", Cancelled);
        await registry.PromoteAsync("stable", second, 1, "bob", "better", Cancelled);

        var channel = (await registry.ChannelAsync("stable", Cancelled))!.Channel;
        Assert.Equal(second, channel.Release);
        Assert.Equal(2, channel.Generation);
        Assert.Equal([(null, first), (first, second)], channel.History.Select(change => (change.From, change.To)));
    }

    [Fact]
    public async Task Promote_Racing_OnlyConflictsFail_AndTheGenerationCountsTheWinners()
    {
        var registry = azurite.CreateRegistry();
        var (first, second) = await PublishTwoReleasesAsync(registry);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            Record.ExceptionAsync(() => registry.PromoteAsync("stable", i % 2 == 0 ? first : second, 1, "x", "race", Cancelled)).AsTask()));

        var won = outcomes.Count(outcome => outcome is null);
        Assert.All(outcomes, outcome => Assert.True(outcome is null or RegistryConflictException, outcome?.ToString()));
        Assert.Equal(won, (await registry.ChannelAsync("stable", Cancelled))!.Channel.Generation);
    }

    [Fact]
    public async Task Channel_NeverPromoted_IsNull()
    {
        var registry = azurite.CreateRegistry();
        await registry.PublishAsync(await _packages.SealAsync("audio"), Cancelled);

        Assert.Null(await registry.ChannelAsync("stable", Cancelled));
        Assert.Null(await registry.ChannelETagAsync("stable", Cancelled));
    }

    [Fact]
    public async Task Seed_EmptyRegistry_PublishesAndPromotes_SecondTimeDoesNothing()
    {
        var registry = azurite.CreateRegistry();
        var folder = Path.Combine(_packages.Root, "models");
        var audio = Move(await _packages.SealAsync("audio"), folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "release.json"), JsonSerializer.Serialize(Release("first", audio, null), RegistryJson.Options), Cancelled);
        var seeder = Seeder(registry, new ModelPolicyOptions());

        var seeded = await seeder.SeedAsync(folder, "test", Cancelled);
        var again = await seeder.SeedAsync(folder, "test", Cancelled);

        Assert.StartsWith("Seeded first", seeded);
        Assert.EndsWith("nothing seeded.", again);

        await File.WriteAllTextAsync(Path.Combine(folder, "release.json"), JsonSerializer.Serialize(Release("second", audio, null), RegistryJson.Options), Cancelled);
        Assert.Contains("holds second: `models publish`", await seeder.SeedAsync(folder, "test", Cancelled));
        Assert.Equal("first", (await registry.ChannelAsync("stable", Cancelled))!.Channel.Release);
    }

    [Fact]
    public async Task Seed_LicenceThatTheDeploymentDoesNotAllow_IsRefused()
    {
        var registry = azurite.CreateRegistry();
        var folder = Path.Combine(_packages.Root, "models");
        var audio = Move(await _packages.SealAsync(TestPackages.Draft("audio") with { License = new LicenseManifest("research", false, "") }), folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "release.json"), JsonSerializer.Serialize(Release("first", audio, null), RegistryJson.Options), Cancelled);

        var refused = await Assert.ThrowsAsync<PromotionRefusedException>(
            () => Seeder(registry, new ModelPolicyOptions { RequireCommercialUse = true }).SeedAsync(folder, "test", Cancelled));

        Assert.Contains("licensed 'research'", refused.Message);
        Assert.Null(await registry.ChannelAsync("stable", Cancelled));
    }

    [Theory]
    [InlineData("files", "lists 2 files; the limit is 1")]
    [InlineData("bytes", "bytes; the limit is 2048")]
    [InlineData("manifest", "bytes; the limit is 1024")]
    public async Task Publish_PackageThatNobodyCouldFetch_IsRefusedBeforeTheFirstUpload(string limit, string reason)
    {
        var registry = azurite.CreateRegistry(configure: options =>
        {
            options.MaxPackageFiles = limit == "files" ? 1 : options.MaxPackageFiles;
            options.MaxPackageBytes = limit == "bytes" ? 2048 : options.MaxPackageBytes;
            options.MaxManifestBytes = limit == "manifest" ? 1024 : options.MaxManifestBytes;
        });
        var package = await _packages.SealAsync("audio", new string('x', 4096));

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.PublishAsync(package, Cancelled));

        Assert.Contains(reason, refused.Message);
        Assert.Empty(await registry.Packages.UploadsAsync("", Cancelled));
    }

    [Fact]
    public async Task PublishRelease_VersionIsThereWithAnotherManifest_IsAConflict()
    {
        var registry = azurite.CreateRegistry();
        var folder = Path.Combine(_packages.Root, "models");
        var audio = Move(await _packages.SealAsync("audio"), folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "release.json"), JsonSerializer.Serialize(Release("first", audio, null), RegistryJson.Options), Cancelled);
        var publisher = new ReleasePublisher(registry);
        await publisher.PublishReleaseAsync(folder, ReleasePublisher.Untried, Cancelled);
        var same = await publisher.PublishReleaseAsync(folder, ReleasePublisher.Untried, Cancelled);
        var manifest = Path.Combine(folder, "audio", audio, "manifest.json");
        await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest, Cancelled)).Replace("\"MIT\"", "\"research\""), Cancelled);

        var conflict = await Assert.ThrowsAsync<RegistryConflictException>(() => publisher.PublishReleaseAsync(folder, ReleasePublisher.Untried, Cancelled));

        Assert.False(Assert.Single(same.Versions).IsNew);
        Assert.Contains($"audio/{audio} is published already with another manifest", conflict.Message);
    }

    private static Registry Connect(ModelRegistryOptions options) => FaultyNetwork.Connect(options, new SocketsHttpHandler());

    private static RegistrySeeder Seeder(Registry registry, ModelPolicyOptions policy) =>
        new(registry, new ReleasePublisher(registry), new ReleasePromoter(registry, Options.Create(policy)));

    private async Task<(string First, string Second)> PublishTwoReleasesAsync(Registry registry)
    {
        var audio = await _packages.SealAsync("audio");
        await registry.PublishAsync(audio, Cancelled);
        await registry.PublishReleaseAsync(Release("first", audio.Version, null), Cancelled);
        await registry.PublishReleaseAsync(Release("second", audio.Version, null), Cancelled);
        return ("first", "second");
    }

    private static ReleaseManifest Release(string name, string audio, string? fusion)
    {
        var models = new Dictionary<string, string> { ["audio"] = audio };
        if (fusion is not null)
        {
            models["fusion"] = fusion;
        }

        return new ReleaseManifest { Release = name, CreatedAt = TimeProvider.System.GetUtcNow(), Models = models, ClipWindow = new ReleaseClipWindow(4, 1.5) };
    }

    private static string Move(ModelPackage package, string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, package.Name));
        Directory.Move(package.Directory, Path.Combine(folder, package.Name, package.Version));
        return package.Version;
    }
}
