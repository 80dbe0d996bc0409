using Emotion.Features;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

public sealed class AnalysisStoreTests : IDisposable
{
    private readonly FFMpegGuard _guard = new(new MediaOptions { WorkFolder = Directory.CreateTempSubdirectory("emotion-store-").FullName });
    private readonly ManualClock _clock = new();
    private readonly SemaphoreSlim _places = new(0);

    public void Dispose()
    {
        _guard.Dispose();
        Directory.Delete(_guard.Options.WorkFolder, recursive: true);
        _places.Dispose();
    }

    [Fact]
    public void Find_KeptLongEnough_IsForgotten()
    {
        var store = Store();
        End(store, "a");

        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.True(store.TryFind("a", out _));
        _clock.Advance(TimeSpan.FromMinutes(2));

        Assert.False(store.TryFind("a", out _));
    }

    [Fact]
    public void Find_MoreThanAreKept_OldestIsForgotten()
    {
        var store = Store();
        End(store, "a");
        End(store, "b");
        End(store, "c");

        Assert.False(store.TryFind("a", out _));
        Assert.True(store.TryFind("b", out _));
        Assert.True(store.TryFind("c", out _));
    }

    [Fact]
    public void Find_UnderWay_IsNeverForgotten()
    {
        var store = Store();
        using var running = Job("running");
        store.Add(running);
        End(store, "a");
        End(store, "b");
        End(store, "c");
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.True(store.TryFind("running", out var found));
        Assert.Same(running, found);
    }

    [Fact]
    public void Remove_Ended_GivesItsPlaceAmongTheKeptToAnother()
    {
        var store = Store();
        End(store, "a");
        End(store, "b");

        Assert.True(store.TryRemove("b", out _));
        End(store, "c");

        Assert.False(store.TryRemove("b", out _));
        Assert.True(store.TryFind("a", out _));
        Assert.Equal(["c", "a"], store.List(10, before: null, _ => true).Jobs.Select(job => job.Id));
    }

    [Fact]
    public void Dispose_OfAJob_GivesItsPlaceBackOnceAndDeletesItsFolder()
    {
        var job = Job("a");
        File.WriteAllText(job.Folder.PathOf("clip"), "x");

        job.Dispose();
        job.Dispose();

        Assert.Equal(1, _places.CurrentCount);
        Assert.False(Directory.Exists(job.Folder.FullName));
    }

    private AnalysisStore Store() => new(Options.Create(new GatewayOptions { KeptAnalyses = 2, KeptFor = TimeSpan.FromHours(1) }), _clock);

    private void End(AnalysisStore store, string id)
    {
        using var job = Job(id);
        store.Add(job);
        store.Ended(job);
    }

    private AnalysisJob Job(string id) => new(
        id,
        Arrival.Now(_clock),
        new ReleaseRoute(new OfferedRelease("r1", new ClipWindowSpec { LengthSeconds = 4, MinimumTailSeconds = 1.5 }), Arm.Stable),
        new ReceivedClip("clip", 1, TimeSpan.Zero),
        new TextRequest(null, "", IncludeTranscript: false),
        _guard.CreateFolder(),
        new Admission(_places));
}
