using Emotion.Features;
using Emotion.Inference.Fusion;

namespace Emotion.Inference.Tests;

public sealed class FusionModelTests : IAsyncLifetime
{
    private const string AudioVersion = "20261122-1300-aaaaaaaa", VideoVersion = "20261122-1300-bbbbbbbb";
    private readonly Packages _packages = new();
    private FusionModel _model = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _model = FusionModel.Load(
        await _packages.FusionAsync(new() { ["audio"] = AudioVersion, ["video"] = VideoVersion }), Packages.Runtime);

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _packages.Dispose();
    }

    [Fact]
    public void Fuse_Contribution_IsTheWinnerMinusTheWinnerWithoutIt()
    {
        var both = _model.Fuse([new(0, [Audio(1), Video(2)])], Token).Windows[0];
        var audio = _model.Fuse([new(0, [Audio(1)])], Token).Windows[0];
        var video = _model.Fuse([new(0, [Video(2)])], Token).Windows[0];

        var winner = Array.IndexOf(both.Posterior, both.Posterior.Max());
        Assert.Equal(both.Posterior[winner] - video.Posterior[winner], both.Contributions.Single(c => c.Modality == "audio").Change, 1e-5);
        Assert.Equal(both.Posterior[winner] - audio.Posterior[winner], both.Contributions.Single(c => c.Modality == "video").Change, 1e-5);
        Assert.Equal(audio.Posterior.Max() - 1f / 8, Assert.Single(audio.Contributions).Change, 1e-5);
        Assert.Equal(1, both.Posterior.Sum(), 5);
    }

    [Fact]
    public void Fuse_OrderOfEvidence_DoesNotMatter() =>
        Assert.Equal(_model.Fuse([new(0, [Audio(1), Video(2)])], Token).Posterior, _model.Fuse([new(0, [Video(2), Audio(1)])], Token).Posterior);

    [Fact]
    public void Fuse_Clip_IsTheMeanOfItsWindowsByQuality()
    {
        var clip = _model.Fuse([new(0, [Audio(1, quality: 0.25f)]), new(1, []), new(2, [Audio(3, quality: 0.75f)])], Token);

        var (first, last) = (clip.Windows[0].Posterior, clip.Windows[2].Posterior);
        Assert.Equal(AbstentionReason.NoModality, clip.Windows[1].Abstention?.Reason);
        for (var i = 0; i < EmotionLabels.Count; i++)
        {
            Assert.Equal(0.25 * first[i] + 0.75 * last[i], clip.Posterior[i], 1e-5);
        }
    }

    [Fact]
    public void Fuse_ClipContribution_HoldsTheModalitysOwnPosterior()
    {
        var clip = _model.Fuse([new(0, [Audio(1), Video(2)]), new(1, [Audio(3)])], Token);

        var audio = clip.Contributions.Single(c => c.Modality == "audio");
        var (a, b) = (Audio(1).Posterior.ToArray(), Audio(3).Posterior.ToArray());
        for (var i = 0; i < EmotionLabels.Count; i++)
        {
            Assert.Equal((a[i] + b[i]) / 2, audio.Posterior[i], 1e-5);
        }

        // Without video the clip still has both windows by their sound.
        var withoutVideo = _model.Fuse([new(0, [Audio(1)]), new(1, [Audio(3)])], Token).Posterior;
        var winner = Array.IndexOf(clip.Posterior, clip.Posterior.Max());
        Assert.Equal(clip.Posterior[winner] - withoutVideo[winner], clip.Contributions.Single(c => c.Modality == "video").Change, 1e-5);
    }

    [Fact]
    public void Fuse_NothingAnywhere_Abstains()
    {
        var clip = _model.Fuse([new(0, []), new(1, [])], Token);

        Assert.Equal(AbstentionReason.NoModality, clip.Abstention?.Reason);
        Assert.Empty(clip.Posterior);
    }

    [Fact]
    public async Task Fuse_WinnerBelowTheThreshold_IsUncertain()
    {
        await using var strict = FusionModel.Load(
            await _packages.FusionAsync(new() { ["audio"] = AudioVersion, ["video"] = VideoVersion }, uncertainBelow: 1), Packages.Runtime);

        Assert.True(strict.Fuse([new(0, [Audio(1)])], Token).Uncertain);
        Assert.All(strict.Fuse([new(0, [Audio(1)])], Token).Windows, window => Assert.True(window.Uncertain));
    }

    [Fact]
    public void Fuse_OtherUpstreamVersion_IsRefusedByName()
    {
        var other = Audio(1) with { ProducerVersion = "20261122-1300-cccccccc" };

        var refused = Assert.Throws<IncompatibleVersionException>(() => _model.Fuse([new(0, [other])], Token));

        Assert.Contains("audio/20261122-1300-cccccccc", refused.Message);
        Assert.Contains(AudioVersion, refused.Message);
    }

    [Fact]
    public void FuseByProduct_OfAnyVersion_MultipliesPosteriorsAndAnUncoveredLabelIsNoEvidence()
    {
        float[] face = [0.2f, 0, 0.4f, 0.1f, 0.1f, 0.1f, 0.05f, 0.05f], voice = Peak("calm", 0.6f);
        var other = Audio(1) with { ProducerVersion = "20261122-1300-cccccccc", Posterior = voice, CoveredLabels = EmotionLabels.Names, Embedding = new float[3] };
        var withFace = Video(2) with { Posterior = face, CoveredLabels = [.. EmotionLabels.Names.Where(label => label != "calm")] };

        var alone = _model.FuseByProduct([new(0, [other])], Token);
        var both = _model.FuseByProduct([new(0, [other, withFace]), new(1, [])], Token);

        Assert.All(voice.Zip(alone.Posterior), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        // 7 labels: the face's ratios to "no idea" are 7 p, and 1 for calm.
        double[] product = [.. EmotionLabels.Names.Select((label, i) => (double)voice[i] * (label == "calm" ? 1 : 7 * face[i]))];
        Assert.All(product.Zip(both.Posterior), pair => Assert.Equal(pair.First / product.Sum(), pair.Second, 1e-5));
        Assert.Equal("calm", EmotionLabels.Names[Array.IndexOf(both.Posterior, both.Posterior.Max())]);
        Assert.True(both.Uncertain && both.Windows[0].Uncertain);
        Assert.Equal(both.Posterior[1] - alone.Posterior[1], both.Contributions.Single(one => one.Modality == "video").Change, 1e-5);
        Assert.Equal(AbstentionReason.NoModality, both.Windows[1].Abstention?.Reason);
    }

    [Fact]
    public void FuseByProduct_BadEvidence_IsRefused()
    {
        var good = Audio(1) with { CoveredLabels = EmotionLabels.Names };
        void ProductRefused(params ModalityEvidence[] evidence) =>
            Assert.Throws<InvalidInputException>(() => _model.FuseByProduct([new WindowEvidence(0, evidence)], Token));

        Assert.NotEmpty(_model.FuseByProduct([new(0, [good])], Token).Posterior);
        ProductRefused(good with { CoveredLabels = [] });
        ProductRefused(good with { CoveredLabels = ["joy"] });
        ProductRefused(good with { Posterior = new float[8] });
        ProductRefused(good with { Posterior = new float[7] });
        ProductRefused(good with { Quality = 2 });
        ProductRefused(good, good);
        ProductRefused(good with { Modality = "smell" });
        Assert.Throws<InvalidInputException>(() => _model.FuseByProduct([], Token));
    }

    [Fact]
    public void Fuse_BadEvidence_IsRefused()
    {
        Refused(Audio(1) with { Modality = "smell" });
        Refused(Audio(1), Audio(2));
        Refused(Audio(1) with { Embedding = new float[511] });
        Refused(Audio(1) with { Embedding = Enumerable.Repeat(float.NaN, 512).ToArray() });
        Refused(Audio(1) with { Posterior = new float[8] });
        Refused(Audio(1) with { Posterior = new float[] { 2, -1, 0, 0, 0, 0, 0, 0 } });
        Refused(Audio(1) with { Quality = float.NaN });
        Assert.Throws<InvalidInputException>(() => _model.Fuse([], Token));
    }

    [Fact]
    public void Fuse_ModalitiesThatFindOtherLabels_SaysThatTheyDisagreeInTheWindowAndOverTheClip()
    {
        var (happy, sad) = (Audio(1) with { Posterior = Peak("happy", 0.8f) }, Video(2) with { Posterior = Peak("sad", 0.6f) });

        var clip = _model.Fuse([new(0, [happy, sad]), new(1, [happy]), new(2, [happy, sad with { Posterior = Peak("happy", 0.9f) }])], Token);

        Assert.Equal([true, false, false], clip.Windows.Select(window => window.ModalitiesDisagree));
        // Over the clip the face is the happier one of its two windows.
        Assert.False(clip.ModalitiesDisagree);
        Assert.True(_model.Fuse([new(0, [happy, sad])], Token).ModalitiesDisagree);
    }

    [Fact]
    public void Disagreement_OverLabelsThatOneCannotTell_IsNone()
    {
        float[] calmVoice = [0.3f, 0.5f, 0.04f, 0.04f, 0.03f, 0.03f, 0.03f, 0.03f], neutralFace = [0.9f, 0, 0.1f, 0, 0, 0, 0, 0], happyWords = [0.2f, 0, 0.8f, 0, 0, 0, 0, 0];

        Assert.False(Disagreement.IsAmong([calmVoice, neutralFace]));
        Assert.True(Disagreement.IsAmong([calmVoice, neutralFace, happyWords]));
        Assert.False(Disagreement.IsAmong([calmVoice]));
        Assert.False(Disagreement.IsAmong([]));
    }

    [Fact]
    public void Fuse_MoreRowsThanOneRunTakes_EqualsWindowByWindow()
    {
        WindowEvidence[] windows = [.. Enumerable.Range(0, 120).Select(i => new WindowEvidence(i, [Audio(i), Video(i + 1)]))];

        var together = _model.Fuse(windows, Token);

        foreach (var window in windows)
        {
            var alone = _model.Fuse([window], Token).Windows[0];
            Assert.All(alone.Posterior.Zip(together.Windows[window.WindowIndex].Posterior), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Fact]
    public void Fuse_CallerHasGone_IsNotComputed()
    {
        var gone = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => _model.Fuse([new(0, [Audio(1)])], gone));
        Assert.Throws<OperationCanceledException>(() => _model.FuseByProduct([new(0, [Audio(1) with { CoveredLabels = EmotionLabels.Names }])], gone));
    }

    private void Refused(params ModalityEvidence[] evidence) =>
        Assert.Throws<InvalidInputException>(() => _model.Fuse([new WindowEvidence(0, evidence)], Token));

    private static float[] Peak(string label, float probability) =>
        [.. EmotionLabels.Names.Select(name => name == label ? probability : (1 - probability) / (EmotionLabels.Count - 1))];

    private static ModalityEvidence Audio(int seed, float quality = 1) => Evidence("audio", AudioVersion, 512, seed, quality);

    private static ModalityEvidence Video(int seed) => Evidence("video", VideoVersion, 128, seed, 1);

    private static ModalityEvidence Evidence(string modality, string version, int length, int seed, float quality)
    {
        var random = new Random(seed);
        float[] embedding = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
        float[] posterior = [.. Enumerable.Range(0, 8).Select(_ => random.NextSingle())];
        var sum = posterior.Sum();
        return new(modality, modality, version, Array.ConvertAll(posterior, p => p / sum), embedding, quality);
    }
}
