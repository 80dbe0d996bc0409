using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Upkeep;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Verify, list and prune.</summary>
public sealed class UpkeepTests(AzuriteFixture azurite) : IDisposable
{
    private static readonly PruneRequest Old = new(TimeSpan.FromDays(30), Keep: 1, History: 2, Releases: false);

    private readonly TestPackages _packages = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Verify_WholeRegistry_IsGoodAndNamesTheKey()
    {
        using var keys = new TestKeys();
        var registry = Registry(keys.Sign(azurite.CreateOptions()));
        var package = await PublishAsync(registry, "audio", "a", "r1");
        await registry.PromoteAsync("stable", "r1", 1, "ada", "", Cancelled);

        var items = await VerifyAsync(registry);

        Assert.Equal(
            [("version", $"audio/{package.Version}"), ("release", "r1"), ("channel", "stable")], items.Select(item => (item.Kind, item.Name)));
        Assert.All(items, item => Assert.Equal((keys.Key.Id, null), (item.SignedBy, item.Problem)));
        Assert.True(items[0].Bytes > new FileInfo(package.PathOf("model.onnx")).Length);
    }

    [Fact]
    public async Task Verify_AlteredFileMissingFileAndStrangeFile_AreEachFound()
    {
        var registry = Registry(azurite.CreateOptions());
        var altered = await PublishAsync(registry, "audio", "a", "r1");
        var missing = await PublishAsync(registry, "video", "v", "r2");
        var strange = await PublishAsync(registry, "text", "t", "r3");
        var graph = $"audio/{altered.Version}/model.onnx";
        await registry.Blobs.ReplaceAsync(graph, "grapH"u8.ToArray(), null, await registry.Blobs.ETagAsync(graph, Cancelled), Cancelled);
        await registry.Blobs.DeleteAsync($"video/{missing.Version}/model.onnx", Cancelled);
        await registry.Blobs.CreateAsync($"text/{strange.Version}/more.bin", [1], Cancelled);

        var problems = (await VerifyAsync(registry)).Where(item => item.Problem is not null).ToDictionary(item => item.Name, item => item.Problem!);
        var one = await new RegistryVerifier(registry).VerifyVersionAsync("audio", altered.Version, Cancelled);

        Assert.Equal(3, problems.Count);
        Assert.Contains("'model.onnx' is not what the manifest says", problems[$"audio/{altered.Version}"]);
        Assert.Contains("model.onnx' is not in the registry", problems[$"video/{missing.Version}"]);
        Assert.Contains("more.bin' is not listed", problems[$"text/{strange.Version}"]);
        Assert.Equal(problems[$"audio/{altered.Version}"], one.Problem);
    }

    [Fact]
    public async Task Verify_ReleaseAndChannelThatLeadNowhere_AreFound()
    {
        var registry = Registry(azurite.CreateOptions());
        var package = await PublishAsync(registry, "audio", "a", "r1");
        await registry.PromoteAsync("stable", "r1", 1, "ada", "", Cancelled);
        await registry.Blobs.DeleteAsync($"audio/{package.Version}/manifest.json", Cancelled);
        var release = (await VerifyAsync(registry)).Single(item => item.Kind == "release");
        await registry.Blobs.DeleteAsync("releases/r1.json", Cancelled);
        var channel = (await VerifyAsync(registry)).Single(item => item.Kind == "channel");

        Assert.Contains($"audio/{package.Version} is not in the registry", release.Problem);
        Assert.Contains("Release 'r1' is not in the registry", channel.Problem);
    }

    [Fact]
    public async Task Verify_NoSuchVersion_IsNotFound()
    {
        var registry = Registry(azurite.CreateOptions());
        await PublishAsync(registry, "audio", "a", "r1");

        await Assert.ThrowsAsync<RegistryNotFoundException>(() => new RegistryVerifier(registry).VerifyVersionAsync("audio", "20200101-0000-00000000", Cancelled));
    }

    [Fact]
    public async Task Upkeep_BlobsWithNamesThatAreNone_AreToldByVerifyAndStopNothing()
    {
        using var keys = new TestKeys();
        var registry = Registry(keys.Sign(azurite.CreateOptions()));
        await PublishAsync(registry, "audio", "a", "r1");
        await registry.PromoteAsync("stable", "r1", 1, "ada", "", Cancelled);
        string[] strays = ["channels/.json", "channels/NO.json", "channels/a/b.json", "releases/Bad [name].json", "releases/notes.txt"];
        foreach (var stray in strays)
        {
            await registry.Blobs.CreateAsync(stray, [1], Cancelled);
        }

        var seen = await RegistryInventory.ReadAsync(registry, Cancelled);
        var plan = await new RegistryPruner(registry).PlanAsync(Old with { Releases = true }, Cancelled);
        var signed = await new RegistrySigner(registry).SignAllAsync("ada", adoptUnsigned: false, Cancelled).ToListAsync(Cancelled);
        var found = await VerifyAsync(registry);

        Assert.Equal(("r1", "stable"), (Assert.Single(seen.Releases).Name, Assert.Single(seen.Channels).Name));
        Assert.Empty(plan);
        Assert.Empty(signed);
        Assert.Equal(strays, found.Where(item => item.Problem is not null).Select(item => item.Name).Order(StringComparer.Ordinal));
        Assert.Equal(3 + strays.Length, found.Count);
    }

    [Fact]
    public async Task Inventory_ListsWhatIsThereAndWhyOneIsRefused()
    {
        using var keys = new TestKeys();
        var options = azurite.CreateOptions();
        var unsigned = Registry(options);
        var package = await PublishAsync(unsigned, "audio", "a", "r1");
        await unsigned.Blobs.CreateAsync("video/20260101-0000-00000000/model.onnx", [1], Cancelled);
        await unsigned.PromoteAsync("canary", "r1", 0.25, "ada", "", Cancelled);

        var seen = await RegistryInventory.ReadAsync(unsigned, Cancelled);
        var refused = await RegistryInventory.ReadAsync(Registry(keys.Trust(options)), Cancelled);

        var version = Assert.Single(seen.Versions);
        Assert.Equal(("audio", package.Version, null), (version.Name, version.Version, version.Problem));
        Assert.Equal(["r1"], version.Releases);
        Assert.Equal(["canary"], Assert.Single(seen.Releases).Channels);
        Assert.Equal("canary r1 0.25 1", seen.Channels.Select(channel => $"{channel.Name} {channel.Release} {channel.Share} {channel.Generation}").Single());
        Assert.Equal(["video/20260101-0000-00000000"], seen.Unfinished);
        Assert.All(
            [Assert.Single(refused.Versions).Problem, Assert.Single(refused.Releases).Problem, Assert.Single(refused.Channels).Problem],
            problem => Assert.Contains("is not signed", problem));
    }

    [Fact]
    public async Task Prune_OnlyWhatIsOldAndUnreferredAndNotOfTheNewest_Goes()
    {
        var options = azurite.CreateOptions();
        var now = Registry(options);
        var released = await PublishAsync(now, "audio", "released", "r1");
        var upstream = await PublishAsync(now, "audio", "upstream", release: null);
        var gone = await PublishAsync(now, "audio", "gone", release: null);
        var fusion = await PublishAsync(now, "fusion", "newest of its kind", release: null, trainedOn: new() { ["audio"] = upstream.Version });
        // The newest by name, so that none of the three above is.
        var newest = await _packages.SealAsync(TestPackages.Draft("audio"), "newest", new ShiftedClock(TimeSpan.FromDays(1)));
        await now.PublishAsync(newest, Cancelled);
        var later = Registry(options, TimeSpan.FromDays(31));

        var young = await new RegistryPruner(now).PlanAsync(Old, Cancelled);
        var plan = await new RegistryPruner(later).PlanAsync(Old, Cancelled);
        var before = await now.VersionsAsync("audio", Cancelled);
        var pruned = await new RegistryPruner(later).PruneAsync(plan, Old, Cancelled);

        Assert.Empty(young);
        Assert.Equal([$"audio/{gone.Version}"], plan.Select(item => item.Name));
        Assert.Equal(4, before.Count);
        Assert.Equal(plan, pruned);
        Assert.Equal(
            new[] { released.Version, upstream.Version, newest.Version }.Order(StringComparer.Ordinal), await now.VersionsAsync("audio", Cancelled));
        Assert.Equal([fusion.Version], await now.VersionsAsync("fusion", Cancelled));
        Assert.DoesNotContain(await now.Packages.UploadsAsync("", Cancelled), upload => upload.Version == gone.Version);
    }

    [Fact]
    public async Task Prune_Releases_KeepsWhatChannelsPointToCanGoBackToAndPointedToLately()
    {
        var options = azurite.CreateOptions();
        var now = Registry(options);
        var versions = new Dictionary<string, string>();
        foreach (var release in (string[])["r1", "r2", "r3", "r4", "r5", "never"])
        {
            versions[release] = (await PublishAsync(now, "audio", release, release)).Version;
        }

        foreach (var release in (string[])["r1", "r2", "r3", "r4"])
        {
            await now.PromoteAsync("stable", release, 1, "ada", "", Cancelled);
        }

        await now.PromoteAsync("canary", "r5", 0.1, "ada", "", Cancelled);
        var later = Registry(options, TimeSpan.FromDays(31));
        var request = Old with { Releases = true, Keep = 0, History = 1 };

        var pruned = await new RegistryPruner(later).PruneAsync(await new RegistryPruner(later).PlanAsync(request, Cancelled), request, Cancelled);

        // stable is r4 and goes back to r3; r1, r2 and the one that nobody promoted are out of sight.
        Assert.Equal(["r3", "r4", "r5"], await now.ReleasesAsync(Cancelled));
        Assert.Equal(
            new[] { "r1", "r2", "never" }.Select(release => $"audio/{versions[release]}").Order(StringComparer.Ordinal),
            pruned.Where(item => item.Kind == "version").Select(item => item.Name).Order(StringComparer.Ordinal));
        Assert.All(await VerifyAsync(now), item => Assert.Null(item.Problem));
        Assert.Equal("r3", (await now.RollbackAsync("stable", "ada", "", Cancelled)).Release);
    }

    [Fact]
    public async Task Prune_UploadThatNeverEnded_GoesAfterADayAndPublishingWorks()
    {
        var options = azurite.CreateOptions();
        options.MaxRetries = 0;
        var package = await _packages.SealAsync("audio");
        await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, new FaultyNetwork { DieBeforeWrite = 1 }).PublishAsync(package, Cancelled));
        var soon = new RegistryPruner(Registry(options, TimeSpan.FromHours(23)));
        var later = new RegistryPruner(Registry(options, TimeSpan.FromHours(25)));

        var early = await soon.PlanAsync(Old, Cancelled);
        var pruned = await later.PruneAsync(await later.PlanAsync(Old, Cancelled), Old, Cancelled);

        Assert.Empty(early);
        Assert.Equal([("upload", $"audio/{package.Version}")], pruned.Select(item => (item.Kind, item.Name)));
        Assert.Empty(await Registry(options).Packages.UploadsAsync("", Cancelled));
        await Registry(options).PublishAsync(package, Cancelled);
    }

    [Fact]
    public async Task Prune_SignatureOfAReleaseThatNeverEnded_GoesAndFreesTheName()
    {
        using var keys = new TestKeys();
        var options = keys.Sign(azurite.CreateOptions());
        options.MaxRetries = 0;
        var package = await PublishAsync(Registry(options), "audio", "a", "kept");
        await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, new FaultyNetwork { DieBeforeWrite = 1 })
            .PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled));
        var other = TestPackages.Release("r1", package) with { ClipWindow = new(8, 1) };
        var taken = await Assert.ThrowsAsync<RegistryConflictException>(() => Registry(options).PublishReleaseAsync(other, Cancelled));
        var later = new RegistryPruner(Registry(options, TimeSpan.FromHours(25)));

        var pruned = await later.PruneAsync(await later.PlanAsync(Old, Cancelled), Old, Cancelled);

        Assert.Contains("'releases/r1.sig' exists already for other content", taken.Message);
        Assert.Equal([("signature", "releases/r1.sig")], pruned.Select(item => (item.Kind, item.Name)));
        await Registry(options).PublishReleaseAsync(other, Cancelled);
        Assert.Equal(["kept", "r1"], await Registry(options).ReleasesAsync(Cancelled));
    }

    [Fact]
    public async Task Prune_DiesAfterItsFirstDeletion_LeavesNoHalfAVersion()
    {
        var options = azurite.CreateOptions();
        options.MaxRetries = 0;
        var package = await PublishAsync(Registry(options), "audio", "a", release: null);
        using var cut = new CutAfterDeletions(1);
        var dying = new RegistryPruner(FaultyNetwork.Connect(options, cut, new ShiftedClock(TimeSpan.FromDays(31))));
        var request = Old with { Keep = 0 };
        var plan = await dying.PlanAsync(request, Cancelled);

        await Assert.ThrowsAnyAsync<Exception>(() => dying.PruneAsync(plan, request, Cancelled));
        var left = await Registry(options).Packages.UploadsAsync("", Cancelled);
        var visible = await Registry(options).VersionsAsync("audio", Cancelled);
        var later = new RegistryPruner(Registry(options, TimeSpan.FromDays(31)));
        await later.PruneAsync(await later.PlanAsync(request, Cancelled), request, Cancelled);

        Assert.Equal((package.Version, 2), (Assert.Single(left).Version, left[0].Blobs.Count));
        Assert.Empty(visible);
        Assert.Empty(await Registry(options).Packages.UploadsAsync("", Cancelled));
    }

    [Fact]
    public async Task Prune_PromotedBetweenPlanAndDeletion_Stays()
    {
        var options = azurite.CreateOptions();
        var now = Registry(options);
        var package = await PublishAsync(now, "audio", "a", "r1");
        var later = new RegistryPruner(Registry(options, TimeSpan.FromDays(31)));
        var request = Old with { Keep = 0, Releases = true };
        var plan = await later.PlanAsync(request, Cancelled);
        await now.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);

        var pruned = await later.PruneAsync(plan, request, Cancelled);

        Assert.Equal(["release", "version"], plan.Select(item => item.Kind));
        Assert.Empty(pruned);
        Assert.Equal("r1", (await now.ChannelAsync("stable", Cancelled))!.Channel.Release);
        Assert.Equal([package.Version], await now.VersionsAsync("audio", Cancelled));
        Assert.All(await VerifyAsync(now), item => Assert.Null(item.Problem));
    }

    [Fact]
    public async Task Prune_UploadGoesOnAfterADay_IsLeftAlone()
    {
        var options = azurite.CreateOptions();
        options.MaxRetries = 0;
        var package = await _packages.SealAsync("audio");
        await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, new FaultyNetwork { DieBeforeWrite = 2 }).PublishAsync(package, Cancelled));
        var later = new RegistryPruner(Registry(options, TimeSpan.FromHours(25)));
        var plan = await later.PlanAsync(Old, Cancelled);
        // Blobs are dated to the second.
        await Task.Delay(TimeSpan.FromSeconds(1.1), Cancelled);
        // Both files are there. The first is found and touched (two writes); then it dies again.
        await Assert.ThrowsAnyAsync<Exception>(() => FaultyNetwork.Connect(options, new FaultyNetwork { DieBeforeWrite = 2 }).PublishAsync(package, Cancelled));

        var pruned = await later.PruneAsync(plan, Old, Cancelled);

        Assert.Single(plan);
        Assert.Empty(pruned);
        Assert.Single(await Registry(options).Packages.UploadsAsync("", Cancelled));
    }

    [Fact]
    public async Task Prune_ReleasedBetweenPlanAndDeletion_Stays()
    {
        var options = azurite.CreateOptions();
        var now = Registry(options);
        var package = await PublishAsync(now, "audio", "a", release: null);
        var later = new RegistryPruner(Registry(options, TimeSpan.FromDays(31)));
        var request = Old with { Keep = 0 };
        var plan = await later.PlanAsync(request, Cancelled);
        await now.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);

        var pruned = await later.PruneAsync(plan, request, Cancelled);

        Assert.Single(plan);
        Assert.Empty(pruned);
        Assert.Equal([package.Version], await now.VersionsAsync("audio", Cancelled));
    }

    private async Task<ModelPackage> PublishAsync(
        Registry registry, string name, string content, string? release, Dictionary<string, string>? trainedOn = null)
    {
        var package = await _packages.SealAsync(name, content, trainedOn);
        await registry.PublishAsync(package, Cancelled);
        if (release is not null)
        {
            await registry.PublishReleaseAsync(TestPackages.Release(release, package), Cancelled);
        }

        return package;
    }

    private static async Task<List<VerifiedItem>> VerifyAsync(Registry registry)
    {
        var items = new List<VerifiedItem>();
        await foreach (var item in new RegistryVerifier(registry).VerifyAllAsync(Cancelled))
        {
            items.Add(item);
        }

        return items;
    }

    private static Registry Registry(ModelRegistryOptions options, TimeSpan later = default) =>
        FaultyNetwork.Connect(options, new SocketsHttpHandler(), new ShiftedClock(later));

    private sealed class ShiftedClock(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + shift;
    }

    private sealed class CutAfterDeletions(int deletions) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _left = deletions;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.Method == HttpMethod.Delete && _left-- <= 0
                ? throw new HttpRequestException("The process is gone.")
                : base.SendAsync(request, cancellationToken);
    }
}
