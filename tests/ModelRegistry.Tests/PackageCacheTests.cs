using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Tests;

/// <summary>What goes from a cache that several processes may read, and what stays.</summary>
public sealed class PackageCacheTests(AzuriteFixture azurite) : IDisposable
{
    private const int Bytes = 1000;

    private static readonly TimeSpan UnusedFor = TimeSpan.FromHours(1);

    private readonly TestPackages _packages = new();
    private readonly string _root = Directory.CreateTempSubdirectory("emotion-cache-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose()
    {
        _packages.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Tidy_TooLarge_DeletesWhatIsUnusedTheOldestFirst()
    {
        string[] versions = ["audio/20261101-1200-aaaaaaaa", "video/20261102-1200-bbbbbbbb", "audio/20261103-1200-cccccccc", "audio/20261104-1200-dddddddd"];
        Put(versions[0], TimeSpan.FromDays(2));
        Put(versions[1], TimeSpan.FromDays(3));
        Put(versions[2], TimeSpan.FromHours(2));
        Put(versions[3], TimeSpan.FromMinutes(50)); // Somebody has it loaded, or is about to.

        Assert.Empty(Tidy(4 * Bytes).Deleted);
        Assert.Equal([versions[1]], Tidy(3 * Bytes).Deleted);
        Assert.Equal([versions[0], versions[2]], Tidy(0).Deleted);

        Assert.Equal([versions[3]], Left());
    }

    [Fact]
    public void Tidy_LeftByProcessesThatWereKilled_GoesAfterADayAndNothingElse()
    {
        foreach (var ending in (string[])[".fetching-0123abcd", ".damaged-0123abcd", ".unused-0123abcd"])
        {
            Put("audio/20261101-1200-aaaaaaaa" + ending, TimeSpan.FromHours(25));
            Put("audio/20261102-1200-bbbbbbbb" + ending, TimeSpan.FromHours(23)); // May be going on.
        }

        string[] others = [".generations/0123", "audio/notes", "audio/20261101-1200-aaaaaaaa.kept", "Audio/20261101-1200-aaaaaaaa", "releases/20261101-1200-aaaaaaaa"];
        foreach (var other in others)
        {
            Put(other, TimeSpan.FromDays(100));
        }

        var deleted = Tidy(0).Deleted;

        Assert.Equal(3, deleted.Count);
        Assert.All(deleted, path => Assert.StartsWith("audio/20261101-1200-aaaaaaaa.", path, StringComparison.Ordinal));
        Assert.Equal(3 + others.Length, Left().Count);
    }

    [Fact]
    public void Delete_SomebodyTakesItUpMeanwhile_LeavesIt()
    {
        Put("audio/20261101-1200-aaaaaaaa", TimeSpan.FromMinutes(1));
        var directory = Path.Combine(_root, "audio", "20261101-1200-aaaaaaaa");

        Assert.False(PackageCache.TryDelete(directory, (Now - UnusedFor).UtcDateTime));
        Assert.Equal(["audio/20261101-1200-aaaaaaaa"], Left());
        Assert.True(PackageCache.TryDelete(directory, Now.UtcDateTime));
        Assert.Empty(Left());
    }

    [Fact]
    public void Tidy_NothingWasFetchedYet_FindsNothing() =>
        Assert.Empty(new PackageCache(new ModelRegistryOptions { CacheDirectory = Path.Combine(_root, "none") }, TimeProvider.System).Tidy(UnusedFor).Deleted);

    [Fact]
    public async Task Fetch_IsUse_AndWhatHasGoneIsFetchedAgain()
    {
        var registry = azurite.CreateRegistry(configure: options => options.MaxCacheBytes = 0);
        var package = await _packages.SealAsync("audio", "weights");
        await registry.PublishAsync(package, Cancelled);
        var fetched = await registry.FetchAsync("audio", package.Version, Cancelled);

        Directory.SetLastWriteTimeUtc(fetched.Directory, (Now - TimeSpan.FromHours(2)).UtcDateTime);
        await registry.FetchAsync("audio", package.Version, Cancelled);
        Assert.Empty(registry.TidyCache("audio", [], UnusedFor).Deleted);
        Directory.SetLastWriteTimeUtc(fetched.Directory, (Now - TimeSpan.FromHours(2)).UtcDateTime);
        Assert.Empty(registry.TidyCache("audio", [package.Version], UnusedFor).Deleted); // It is loaded here.
        Directory.SetLastWriteTimeUtc(fetched.Directory, (Now - TimeSpan.FromHours(2)).UtcDateTime);
        Assert.Equal([$"audio/{package.Version}"], registry.TidyCache("audio", [], UnusedFor).Deleted);

        Assert.Equal("weights", await File.ReadAllTextAsync((await registry.FetchAsync("audio", package.Version, Cancelled)).PathOf("model.onnx"), Cancelled));
    }

    private CacheTidied Tidy(long most) => new PackageCache(new ModelRegistryOptions { CacheDirectory = _root, MaxCacheBytes = most }, TimeProvider.System).Tidy(UnusedFor);

    private List<string> Left() =>
        [.. Directory.GetFiles(_root, "file", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_root, Path.GetDirectoryName(Path.GetDirectoryName(file))!)).Order()];

    /// <param name="age">Since it was used, or written, last.</param>
    private void Put(string path, TimeSpan age)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, path, "golden"));
        File.WriteAllBytes(Path.Combine(folder.FullName, "file"), new byte[Bytes]);
        Directory.SetLastWriteTimeUtc(Path.Combine(_root, path), (Now - age).UtcDateTime);
    }
}
