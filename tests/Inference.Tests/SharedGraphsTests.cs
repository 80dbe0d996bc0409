using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Tests;

public sealed class SharedGraphsTests : IDisposable
{
    private readonly Packages _packages = new();

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Hold_TheSameFileTwice_BuildsItOnceAndKeepsItUntilTheLastLetsGo()
    {
        var (graphs, path, built) = (new SharedGraphs(isOn: true), await GraphAsync(), 0);
        InferenceSession Build()
        {
            built++;
            return new WatchedSession(path);
        }

        var first = graphs.Hold("aa", Build);
        var second = graphs.Hold("AA", Build);
        var other = graphs.Hold("bb", Build);

        Assert.Same(first.Session, second.Session);
        Assert.NotSame(first.Session, other.Session);
        Assert.Equal(2, built);
        first.Dispose();
        first.Dispose();
        Assert.NotEmpty(second.Session.InputNames);
        Assert.False(IsDisposed(second.Session));
        second.Dispose();
        Assert.True(IsDisposed(second.Session));
        using var again = graphs.Hold("aa", Build);
        Assert.Equal(3, built);
        Assert.False(IsDisposed(again.Session));
        other.Dispose();
    }

    [Fact]
    public async Task Hold_WhatDoesNotBuild_KeepsNothingAndTriesAnew()
    {
        var (graphs, path) = (new SharedGraphs(isOn: true), await GraphAsync());

        Assert.Throws<InvalidOperationException>(() => graphs.Hold("aa", () => throw new InvalidOperationException("no room")));

        using var held = graphs.Hold("aa", () => new WatchedSession(path));
        Assert.False(IsDisposed(held.Session));
    }

    [Fact]
    public async Task Hold_SwitchedOff_BuildsForEachItsOwn()
    {
        var (graphs, path) = (new SharedGraphs(isOn: false), await GraphAsync());

        var first = graphs.Hold("aa", () => new WatchedSession(path));
        using var second = graphs.Hold("aa", () => new WatchedSession(path));

        Assert.NotSame(first.Session, second.Session);
        first.Dispose();
        Assert.True(IsDisposed(first.Session));
        Assert.False(IsDisposed(second.Session));
    }

    [Fact]
    public async Task Hold_ManyThreadsAtOnce_NeverHaveWhatIsGone()
    {
        var (graphs, path, built) = (new SharedGraphs(isOn: true), await GraphAsync(), 0);

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var held = graphs.Hold("aa", () =>
            {
                Interlocked.Increment(ref built);
                return new WatchedSession(path);
            });
            Assert.False(IsDisposed(held.Session));
        });

        Assert.InRange(built, 1, 200);
    }

    [Fact]
    public async Task Open_TwoVersionsWithTheSameGraph_RunOneAndOutliveEachOther()
    {
        var package = await _packages.AudioAsync();
        var next = await Packages.ResealAsync(package, manifest => manifest with { License = manifest.License with { Note = "another version" } });
        var factory = GraphSessionTests.Factory("cpu");

        var first = factory.Open(package, "classifier");
        using var second = factory.Open(next, "classifier");
        first.Dispose();

        using var features = new PooledTensor<float>(1, 1, 300, 40);
        using var posterior = new PooledTensor<float>(1, 8);
        features.Span.Clear();
        second.Run(["features"], [features.Value], ["posterior"], [posterior.Value]);
        Assert.Equal(1, posterior.Row(0).ToArray().Sum(), 5);
    }

    [Fact]
    public async Task Open_SharedGraphThatTheSecondManifestContradicts_IsRefusedAndTheFirstGoesOn()
    {
        var package = await _packages.AudioAsync();
        var factory = GraphSessionTests.Factory("cpu");
        using var first = factory.Open(package, "classifier");
        var wrong = await Packages.ResealAsync(package, manifest => manifest with
        {
            Graphs = [manifest.Graphs[0] with { Inputs = [new TensorManifest("sound", ["batch", "1", "300", "40"])] }],
        });

        Assert.Throws<UnservablePackageException>(() => factory.Open(wrong, "classifier"));

        Assert.Contains("features", first.InputNames);
        first.RequireOutput("posterior", -1, 8);
    }

    private static bool IsDisposed(InferenceSession session) => ((WatchedSession)session).IsDisposed;

    private async Task<string> GraphAsync()
    {
        var package = await _packages.AudioAsync();
        return package.PathOf(package.Manifest.Graph("classifier").File);
    }

    private sealed class WatchedSession(string path) : InferenceSession(path)
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
