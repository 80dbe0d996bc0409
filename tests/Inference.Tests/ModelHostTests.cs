using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Signing;
using Emotion.ModelRegistry.Tests;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Tests;

/// <summary>The host against a real blob emulator, with real graphs.</summary>
public sealed class ModelHostTests(AzuriteFixture azurite) : IDisposable
{
    private readonly Packages _packages = new();
    private readonly SteppedClock _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Acquire_NothingPromoted_IsUnavailableAndUnhealthy()
    {
        var host = Host(azurite.CreateRegistry());
        await host.RefreshAsync(Token);

        Assert.Throws<ModelUnavailableException>(() => host.Acquire(""));
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(host)).Status);
        Assert.Equal("", host.Snapshot.DefaultRelease);
    }

    [Fact]
    public async Task Refresh_Promoted_ServesItByNameAndByDefault()
    {
        var registry = azurite.CreateRegistry();
        var package = await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(registry);
        await host.RefreshAsync(Token);

        await using var byDefault = host.Acquire(null);
        await using var byName = host.Acquire("r1");

        Assert.Equal(package.Version, byDefault.Version);
        Assert.Same(byDefault.Model, byName.Model);
        Assert.Throws<ReleaseNotLoadedException>(() => host.Acquire("r2"));
        var loaded = Assert.Single(host.Snapshot.Loaded);
        Assert.Equal(("r1", "audio", package.Version, 4.0, 1.5),
            (loaded.Release, loaded.ModelName, loaded.Version, loaded.ClipWindow.LengthSeconds, loaded.ClipWindow.MinimumTailSeconds));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(host)).Status);
    }

    [Fact]
    public async Task Refresh_NextRelease_OldOneLivesUntilItsLastLease()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(registry);
        await host.RefreshAsync(Token);
        var old = host.Acquire(null);
        var oldModel = old.Model;
        var next = await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 2);

        await host.RefreshAsync(Token);

        await using (var lease = host.Acquire(null)) Assert.Equal(next.Version, lease.Version);
        Assert.Equal(["r1", "r2"], host.Snapshot.Loaded.Select(loaded => loaded.Release).Order());

        // Nobody has asked for it for long enough: gone from the host, but not from under the lease.
        _clock.Advance(TimeSpan.FromMinutes(3));
        await host.RefreshAsync(Token);
        Assert.Throws<ReleaseNotLoadedException>(() => host.Acquire("r1"));
        Assert.NotEmpty((await AskAsync(oldModel)).Posterior);

        await old.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AskAsync(oldModel));
    }

    [Fact]
    public async Task Refresh_HeldByAGateway_StaysUntilNobodyHoldsIt()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(registry);
        await host.RefreshAsync(Token);
        await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 2);
        for (var minute = 0; minute < 10; minute++)
        {
            host.Hold(["r1"]);
            await host.RefreshAsync(Token);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        await using (var held = host.Acquire("r1")) Assert.Equal("r1", held.Release);
        Assert.Equal(["r2"], host.Snapshot.Listed);

        _clock.Advance(TimeSpan.FromMinutes(3));
        await host.RefreshAsync(Token);
        Assert.Throws<ReleaseNotLoadedException>(() => host.Acquire("r1"));
    }

    [Fact]
    public async Task Refresh_StartedLate_LoadsWhatGatewaysHoldBeforeItIsReady()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 2);
        var late = Host(registry);
        Assert.Throws<ModelUnavailableException>(() => late.Acquire("r1"));
        late.Hold(["r1", "no-such-release"]);

        await late.RefreshAsync(Token);

        Assert.Equal(("r2", ""), (late.Snapshot.DefaultRelease, late.Snapshot.LastFailure));
        Assert.Equal(["r1", "r2"], late.Snapshot.Loaded.Select(loaded => loaded.Release).Order());
    }

    [Fact]
    public async Task Hold_MoreReleasesThanMayBeHeld_LoadsNoMore()
    {
        var registry = azurite.CreateRegistry();
        foreach (var seed in Enumerable.Range(1, 4)) await PublishAsync(registry, "r" + seed, ChannelManifest.Stable, seed);
        var host = Host(registry, options => options.MaximumHeld = 1);

        host.Hold(["r1", "r2", "r3"]);
        await host.RefreshAsync(Token);

        Assert.Equal(["r1", "r4"], host.Snapshot.Loaded.Select(loaded => loaded.Release).Order());
    }

    [Fact]
    public async Task Refresh_GoldenComesOutOtherwise_KeepsTheLastGoodAndTells()
    {
        var registry = azurite.CreateRegistry();
        var good = await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(registry);
        await host.RefreshAsync(Token);
        var bad = await _packages.AudioAsync(seed: 2);
        await File.WriteAllBytesAsync(bad.PathOf("model.onnx"), Graphs.TinyGraphs.Audio(seed: 3), Token);
        await PublishAsync(registry, "r2", ChannelManifest.Stable, await Packages.ResealAsync(bad));

        await host.RefreshAsync(Token);

        await using (var lease = host.Acquire(null)) Assert.Equal(good.Version, lease.Version);
        Assert.Contains("golden example, ", host.Snapshot.LastFailure);
        var health = await HealthAsync(host);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("Serving r1", health.Description);

        // The failure is not forgotten by looking again, and is by a release that loads.
        await host.RefreshAsync(Token);
        Assert.NotEqual("", host.Snapshot.LastFailure);
        await PublishAsync(registry, "r3", ChannelManifest.Stable, seed: 4);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await host.RefreshAsync(Token);
        Assert.Equal(("r3", ""), (host.Snapshot.DefaultRelease, host.Snapshot.LastFailure));
    }

    [Fact]
    public async Task Refresh_WhatNobodySignedOnceAKeyIsConfigured_KeepsTheLastGoodAndTells()
    {
        var keyFile = Path.GetTempFileName();
        await File.WriteAllTextAsync(keyFile, SigningKey.Create().PrivatePem, Token);
        var options = azurite.CreateOptions();
        var unsigned = new Registry(Options.Create(options), TimeProvider.System);
        var keyed = azurite.CreateRegistry(configure: signing => (signing.Container, signing.SigningKeyFile) = (options.Container, keyFile));
        var good = await PublishAsync(keyed, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(keyed);
        await host.RefreshAsync(Token);
        await PublishAsync(unsigned, "r2", ChannelManifest.Stable, seed: 2);

        await host.RefreshAsync(Token);

        await using (var lease = host.Acquire(null)) Assert.Equal(("r1", good.Version), (lease.Release, lease.Version));
        Assert.Contains("'channels/stable.json' is not signed", host.Snapshot.LastFailure);
        Assert.Equal(HealthStatus.Degraded, (await HealthAsync(host)).Status);
        File.Delete(keyFile);
    }

    [Fact]
    public async Task Refresh_PackageWithoutGolden_IsRefused()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.AudioAsync();
        File.Delete(package.PathOf("golden.json"));
        await PublishAsync(registry, "r1", ChannelManifest.Stable, await Packages.ResealAsync(package));
        var host = Host(registry);

        await host.RefreshAsync(Token);

        Assert.Contains("has no golden.json", host.Snapshot.LastFailure);
        Assert.Contains("has no golden.json", Assert.Throws<ModelUnavailableException>(() => host.Acquire("")).Message);
    }

    [Fact]
    public async Task Refresh_GraphThatIsNone_NamesTheFile()
    {
        var registry = azurite.CreateRegistry();
        var package = await _packages.AudioAsync();
        await File.WriteAllTextAsync(package.PathOf("model.onnx"), "no graph", Token);
        await PublishAsync(registry, "r1", ChannelManifest.Stable, await Packages.ResealAsync(package));
        var host = Host(registry);

        await host.RefreshAsync(Token);

        Assert.Contains("'model.onnx' does not load", host.Snapshot.LastFailure);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refresh_TooSlowOrNoRoomOnTheDisk_SaysWhatItIsAndIsTriedAgainLaterEachTime(bool isSlow)
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var inTheWay = Path.Combine(registry.CacheDirectory, "audio");
        var options = new ModelHostOptions();
        var host = Host(registry, made =>
        {
            options = made;
            made.LoadTimeout = isSlow ? TimeSpan.FromTicks(1) : made.LoadTimeout;
        });
        Directory.CreateDirectory(registry.CacheDirectory);
        if (!isSlow)
        {
            await File.WriteAllTextAsync(inTheWay, "Where folders would be.", Token);
        }

        await host.RefreshAsync(Token);
        await host.RefreshAsync(Token);

        Assert.Contains(isSlow ? "took longer than ModelHost:LoadTimeout" : "(ModelRegistry:CacheDirectory)", (await HealthAsync(host)).Description);
        options.LoadTimeout = TimeSpan.FromMinutes(5);
        File.Delete(isSlow ? Path.Combine(registry.CacheDirectory, "none") : inTheWay);
        await host.RefreshAsync(Token);
        Assert.Equal("", host.Snapshot.DefaultRelease); // It would load, and is not tried yet.
        _clock.Advance(options.PollInterval);
        await host.RefreshAsync(Token);
        Assert.Equal("r1", host.Snapshot.DefaultRelease);
    }

    [Fact]
    public async Task Refresh_CanaryOfTheSameVersion_SharesOneCopy()
    {
        var registry = azurite.CreateRegistry();
        var package = await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        await ReleaseAsync(registry, "r2", ChannelManifest.Canary, package);
        var host = Host(registry);

        await host.RefreshAsync(Token);

        await using var stable = host.Acquire("r1");
        await using var canary = host.Acquire("r2");
        Assert.Same(stable.Model, canary.Model);
        Assert.Equal("r1", host.Snapshot.DefaultRelease);
    }

    [Fact]
    public async Task Acquire_WhileReleasesChange_NoCallIsLost()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r0", ChannelManifest.Stable, seed: 10);
        var host = Host(registry, options => options.KeepUnlisted = TimeSpan.Zero);
        await host.RefreshAsync(Token);
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 4).Select(_ => new TaskCompletionSource()).ToArray();
        var callers = asking.Select(first => Task.Run(async () =>
        {
            var versions = new HashSet<string>();
            // Before the releases change and after that at least, however little of the processor it gets.
            for (var last = false; !last;)
            {
                last = stop.IsCancellationRequested;
                await using var lease = host.Acquire(null);
                Assert.Equal(8, (await AskAsync(lease.Model)).Posterior.Length);
                versions.Add(lease.Version);
                first.TrySetResult();
            }

            return versions.Count;
        }, Token)).ToArray();
        await Task.WhenAny(Task.WhenAll(asking.Select(first => first.Task)), Task.WhenAny(callers)); // The second where one has failed.

        for (var i = 1; i <= 5; i++)
        {
            await PublishAsync(registry, "r" + i, ChannelManifest.Stable, seed: 10 + i);
            await host.RefreshAsync(Token);
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(callers), versions => Assert.True(versions > 1));
        Assert.Equal(["r5"], host.Snapshot.Loaded.Select(loaded => loaded.Release));
    }

    [Fact]
    public async Task Refresh_VersionThatNobodyHasLoadedForLong_GoesFromACacheThatIsTooLarge()
    {
        var registry = azurite.CreateRegistry(_clock, options => options.MaxCacheBytes = 0);
        var first = await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        var host = Host(registry);
        await host.RefreshAsync(Token);
        var second = await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 2);
        await host.RefreshAsync(Token);
        string[] Cached() => [.. Directory.GetDirectories(Path.Combine(registry.CacheDirectory, "audio")).Select(folder => Path.GetFileName(folder)).Order()];
        Assert.Equal(new[] { first.Version, second.Version }.Order(), Cached());

        for (var hour = 0; hour < 3; hour++)
        {
            _clock.Advance(TimeSpan.FromHours(1)); // The first is let go, and used by nobody.
            await host.RefreshAsync(Token);
        }

        Assert.Equal([second.Version], Cached());
    }

    [Fact]
    public async Task Refresh_ReleaseWithoutTheModelWhereThatMayBe_IsReadyAndIdleUntilOneHasIt()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, await _packages.TextAsync(golden: false));
        var (host, strict) = (Host(registry, options => options.Optional = true), Host(registry));
        await host.RefreshAsync(Token);
        await strict.RefreshAsync(Token);

        Assert.Equal((true, "", ""), (host.Snapshot.IsIdle, host.Snapshot.DefaultRelease, host.Snapshot.LastFailure));
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync(host)).Status);
        Assert.Throws<ModelUnavailableException>(() => host.Acquire("r1"));
        Assert.Equal(HealthStatus.Unhealthy, (await HealthAsync(strict)).Status);
        Assert.Contains("r1 has no audio model", strict.Snapshot.LastFailure);

        await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 1);
        await host.RefreshAsync(Token);
        Assert.Equal((false, "r2"), (host.Snapshot.IsIdle, host.Snapshot.DefaultRelease));
    }

    [Fact]
    public async Task Refresh_NotReadyYet_WaitsForNobody()
    {
        var registry = azurite.CreateRegistry();
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        await PublishAsync(registry, "r2", ChannelManifest.Canary, seed: 2);
        using var other = await LoadTurn.TakeAsync(registry.CacheDirectory, TimeSpan.FromMinutes(1), Token);
        var host = Host(registry, options => options.TurnTimeout = TimeSpan.FromHours(1));

        await host.RefreshAsync(Token).WaitAsync(TimeSpan.FromMinutes(5), Token);

        Assert.NotNull(other);
        Assert.Equal("r1", host.Snapshot.DefaultRelease);
        Assert.Equal(["r1", "r2"], host.Snapshot.Loaded.Select(loaded => loaded.Release).Order());
    }

    [Fact]
    public async Task Refresh_AnotherReplicaLoads_FirstReleaseDoesNotWaitAndTheNextDoes()
    {
        var registry = azurite.CreateRegistry();
        var host = Host(registry);
        var other = await LoadTurn.TakeAsync(registry.CacheDirectory, TimeSpan.FromMinutes(1), Token);
        await PublishAsync(registry, "r1", ChannelManifest.Stable, seed: 1);
        await host.RefreshAsync(Token);
        Assert.Equal("r1", host.Snapshot.DefaultRelease);

        var next = await PublishAsync(registry, "r2", ChannelManifest.Stable, seed: 2);
        var refresh = host.RefreshAsync(Token);
        await Task.Delay(500, Token);
        Assert.False(refresh.IsCompleted);
        // What came over the network waits for its check, beside its place.
        var places = Directory.GetDirectories(Path.Combine(registry.CacheDirectory, "audio"), next.Version + "*");
        Assert.All(places, place => Assert.Contains(".fetching-", place, StringComparison.Ordinal));
        Assert.Equal("r1", host.Snapshot.DefaultRelease);

        Assert.NotNull(other);
        other.Dispose();
        await refresh;
        Assert.Equal("r2", host.Snapshot.DefaultRelease);
    }

    private ModelHost<AudioModel> Host(Registry registry, Action<ModelHostOptions>? configure = null)
    {
        var options = new ModelHostOptions();
        configure?.Invoke(options);
        return new ModelHost<AudioModel>(
            registry, Packages.Runtime with { Clock = _clock }, Options.Create(options), NullLogger<ModelHost<AudioModel>>.Instance);
    }

    private async Task<ModelPackage> PublishAsync(Registry registry, string release, string channel, int seed) =>
        await PublishAsync(registry, release, channel, await _packages.AudioAsync(seed));

    private static async Task<ModelPackage> PublishAsync(Registry registry, string release, string channel, ModelPackage package)
    {
        await registry.PublishAsync(package, Token);
        await ReleaseAsync(registry, release, channel, package);
        return package;
    }

    private static async Task ReleaseAsync(Registry registry, string release, string channel, ModelPackage package)
    {
        var manifest = new ReleaseManifest
        {
            Release = release,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            Models = new Dictionary<string, string> { [package.Name] = package.Version },
            ClipWindow = new ReleaseClipWindow(4, 1.5),
        };
        await registry.PublishReleaseAsync(manifest, Token);
        await registry.PromoteAsync(channel, release, 1, "test", "test", Token);
    }

    private static Task<HealthCheckResult> HealthAsync(ModelHost<AudioModel> host) =>
        new ModelHealthCheck<AudioModel>(host).CheckHealthAsync(new HealthCheckContext(), Token);

    private static Task<AudioWindowResult> AskAsync(AudioModel model) => model.ClassifyAsync(
        new ClipWindow(0, 0, 1), Enumerable.Range(0, 16_000).Select(i => (short)(8000 * Math.Sin(0.1 * i))).ToArray(), Token);

    /// <summary>Time as it is, plus what a test adds.</summary>
    private sealed class SteppedClock : TimeProvider
    {
        private TimeSpan _added;

        public void Advance(TimeSpan step) => _added += step;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _added;

        public override long GetTimestamp() => System.GetTimestamp() + (long)(_added.TotalSeconds * TimestampFrequency);
    }
}
