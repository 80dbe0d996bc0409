using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>Clips in a folder, and files that are taken for clips without a copy.</summary>
public sealed class DiskClipStoreTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("emotion-clips-");
    private readonly DataFolder _folder;
    private readonly DiskClipStore _store;
    private readonly string _upload;

    public DiskClipStoreTests()
    {
        _folder = new DataFolder(Options.Create(new JobsOptions { DataFolder = Path.Combine(_root.FullName, "data") }));
        _store = new DiskClipStore(_folder, "clips");
        _upload = Path.Combine(_root.FullName, "upload");
        File.WriteAllText(_upload, "a clip");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folder.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task Taken_AndKept_OutlivesItsFirstName()
    {
        await using (var clip = _store.Receive("a"))
        {
            Assert.True(clip.TryTake(_upload));
            await clip.CompleteAsync(Cancelled);
            clip.Keep();
        }

        File.Delete(_upload);
        Assert.Equal("a clip", await File.ReadAllTextAsync((await _store.FetchAsync("a", _root.FullName, Cancelled))!, Cancelled));
    }

    [Fact]
    public async Task Taken_AndNotKept_IsGoneAndTheFileIsNot()
    {
        await using (var clip = _store.Receive("a"))
        {
            Assert.True(clip.TryTake(_upload));
            await clip.CompleteAsync(Cancelled);
        }

        Assert.Null(await _store.FetchAsync("a", _root.FullName, Cancelled));
        Assert.Equal("a clip", await File.ReadAllTextAsync(_upload, Cancelled));
    }

    /// <summary>What is older than the longest upload, and has no analysis yet, would be swept from under a request.</summary>
    [Fact]
    public async Task Taken_LongAfterItCame_CountsAsNew()
    {
        File.SetLastWriteTimeUtc(_upload, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await using var clip = _store.Receive("a");

        Assert.True(clip.TryTake(_upload));

        var listed = await _store.ListAsync(Cancelled).SingleAsync(Cancelled);
        Assert.True(listed.Written > TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(1), $"{listed.Written}");
    }

    [Fact]
    public async Task Taken_WhereTheNameIsTaken_IsRefused()
    {
        await using var first = _store.Receive("a");
        await first.WriteAsync(new byte[1], Cancelled);
        await using var second = _store.Receive("a");

        Assert.False(second.TryTake(_upload));
    }
}
