using Emotion.Features;
using Emotion.Inference.Fusion;

namespace Emotion.Inference.Tests;

/// <summary>Which windows decided, against what the same fusion says of the clip without them.</summary>
public sealed class WindowAttributionTests : IAsyncLifetime
{
    private const string Version = "20261122-1300-aaaaaaaa";
    private const int Happy = 2, Sad = 3;

    private readonly Packages _packages = new();
    private FusionModel _model = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _model = FusionModel.Load(await _packages.FusionAsync(new() { ["audio"] = Version, ["video"] = Version }), Packages.Runtime);

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _packages.Dispose();
    }

    [Fact]
    public void Fuse_ChangeOfEachWindow_IsWhatDeletingItDoes()
    {
        WindowEvidence[] clip = [.. Enumerable.Range(0, 12).Select(i => i == 5 ? new WindowEvidence(i, []) : Window(i, i % 8, 0.3f + 0.05f * i, quality: 0.1f * (i % 9)))];

        var fused = Product(clip);

        var winner = Array.IndexOf(fused.Posterior, fused.Posterior.Max());
        foreach (var (window, evidence) in fused.Windows.Zip(clip))
        {
            if (evidence.Evidence.Count == 0)
            {
                Assert.Null(window.Change);
                continue;
            }

            var without = Product([.. clip.Where(one => one != evidence)]);
            Assert.Equal(fused.Posterior[winner] - without.Posterior[winner], window.Change!.Value, 1e-5);
        }
    }

    [Fact]
    public void Fuse_OneWindowThatIsHappyAmongSadOnes_DecidedByTheSadOnesAndAgainstIt()
    {
        var fused = Product([Window(0, Sad, 0.7f), Window(1, Happy, 0.9f), Window(2, Sad, 0.9f), Window(3, Sad, 0.6f)]);

        Assert.Equal(Sad, Array.IndexOf(fused.Posterior, fused.Posterior.Max()));
        Assert.Equal(2, Assert.Single(fused.DecidedBy!.WindowIndices));
        Assert.True(fused.Windows[1].Change < 0);
        // Without window 2 the three others are left: happy 0.9 / 3 and a little, sad (0.7 + 0.6) / 3 and a little.
        var without = Product([Window(0, Sad, 0.7f), Window(1, Happy, 0.9f), Window(3, Sad, 0.6f)]).Posterior;
        Assert.All(without.Zip(fused.DecidedBy.PosteriorWithout), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(fused.Posterior[Sad] - without[Sad], fused.DecidedBy.Change, 1e-5);
    }

    [Fact]
    public void Fuse_TwoEqualWindowsOfTheWinner_HaveHalfEachAndOneIsEnough()
    {
        var fused = Product([Window(0, Sad, 0.4f), Window(1, Happy, 0.9f), Window(2, Sad, 0.4f), Window(3, Happy, 0.9f)]);

        Assert.Equal(fused.Windows[1].Change!.Value, fused.Windows[3].Change!.Value, 1e-5);
        Assert.Equal(1, Assert.Single(fused.DecidedBy!.WindowIndices));
    }

    [Fact]
    public void Fuse_SeveralWindowsDecide_TheLargestChangeComesFirst()
    {
        float[] sure = [0.30f, 0.80f, 0.60f, 0.70f, 0.30f, 0.75f, 0.30f, 0.65f];

        var fused = Product([.. sure.Select((probability, i) => Window(i, Happy, probability))]);

        Assert.Equal([1, 5], fused.DecidedBy!.WindowIndices);
        Assert.Equal(fused.Windows.Max(window => window.Change), fused.Windows[1].Change);
    }

    [Fact]
    public void Fuse_AllWindowsAlike_NoneDecided()
    {
        var fused = Product([.. Enumerable.Range(0, 900).Select(i => Window(i, Happy, 0.6f, quality: 0.1f + i % 7 * 0.1f))]);

        Assert.Null(fused.DecidedBy);
        Assert.All(fused.Windows, window => Assert.Equal(0, window.Change!.Value, 1e-5));
    }

    [Fact]
    public void Fuse_OnlyOneWindowHasAnAnswer_ItDecidedAndNothingIsLeftWithoutIt()
    {
        var fused = Product([new(0, []), Window(1, Happy, 0.8f), new(2, [])]);

        Assert.Equal([1], fused.DecidedBy!.WindowIndices);
        Assert.Empty(fused.DecidedBy.PosteriorWithout);
        Assert.Equal(0.8f - 1f / 8, fused.DecidedBy.Change, 4);
        Assert.Equal(fused.DecidedBy.Change, fused.Windows[1].Change!.Value, 1e-5);
    }

    [Fact]
    public void Fuse_ByTheNetwork_SaysItOfItsOwnPosteriors()
    {
        WindowEvidence[] clip = [.. Enumerable.Range(0, 6).Select(i => Window(i, i, 0.5f + 0.05f * i))];

        var fused = _model.Fuse(clip, Token);

        var winner = Array.IndexOf(fused.Posterior, fused.Posterior.Max());
        var first = fused.DecidedBy!.WindowIndices[0];
        Assert.Equal(fused.Windows.Max(window => window.Change), fused.Windows[first].Change);
        var without = _model.Fuse([.. clip.Where(window => window.WindowIndex != first)], Token);
        Assert.Equal(fused.Posterior[winner] - without.Posterior[winner], fused.Windows[first].Change!.Value, 1e-5);
    }

    [Fact]
    public void Fuse_AbstainingClip_NothingDecided() => Assert.Null(_model.Fuse([new(0, [])], Token).DecidedBy);

    /// <summary>The rule of the clip is the same whatever fuses the windows; of the product it is known what it says of a window.</summary>
    private FusedClip Product(IReadOnlyList<WindowEvidence> windows) => _model.FuseByProduct(windows, Token);

    private static WindowEvidence Window(int index, int label, float probability, float quality = 1)
    {
        float[] posterior = [.. Enumerable.Range(0, EmotionLabels.Count).Select(i => i == label ? probability : (1 - probability) / (EmotionLabels.Count - 1))];
        return new(index, [new("audio", "audio", Version, posterior, new float[512], quality) { CoveredLabels = EmotionLabels.Names }]);
    }
}
