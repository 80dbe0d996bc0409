using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;

namespace Emotion.Inference.Tests;

/// <summary>Face frames of a clip -> tracks and windows, with a sequence network that takes at most 8 and at least 2 frames.</summary>
public sealed class SequenceTests(LoadedVideo loaded) : IClassFixture<LoadedVideo>, IDisposable
{
    private static readonly ClipWindow[] Windows = [new(0, 0, 2), new(1, 2, 4), new(2, 4, 6)];
    private readonly Packages _packages = new();
    private readonly VideoModel _model = loaded.Model;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public void ClassifySequence_TwoFaces_TracksByImportanceAndWindowsByTrack()
    {
        var frames = Times(0, 3.8).SelectMany(time => new[] { Face(time, 0.7f, 0.2f, 1), Face(time, 0.1f, 0.4f, 2) }).ToList();

        var result = _model.ClassifySequence(frames, Windows, Token);

        Assert.Equal([1, 2], result.Tracks.Select(track => track.FaceId));
        Assert.Equal(0.1f, result.Tracks[0].Boxes[0].Box.Left);
        Assert.Equal((0, 3.8), (result.Tracks[0].StartSeconds, result.Tracks[0].EndSeconds));
        Assert.Equal([(0, 1), (0, 2), (1, 1), (1, 2), (2, 0)], result.Windows.Select(window => (window.Window.Index, window.FaceId)));
        Assert.Equal(AbstentionReason.NoFace, result.Windows[4].Abstention?.Reason);
        Assert.All(result.Windows.Take(4), window =>
        {
            Assert.Equal((10, 128, 10), (window.FaceFrames, window.Embedding.Length, window.MouthOpening.Count));
            Assert.Equal(1, window.Posterior.Sum(), 5);
        });
        Assert.Equal(0.16f, result.Windows[0].Area, tolerance: 1e-4f);
        for (var i = 0; i < EmotionLabels.Count; i++)
        {
            Assert.Equal((result.Windows[0].Posterior[i] + result.Windows[2].Posterior[i]) / 2, result.Tracks[0].Posterior[i], 1e-5);
        }
    }

    [Fact]
    public void ClassifySequence_ShortBesideLong_EqualsShortAlone()
    {
        List<FaceFrame> shortOne = [Face(0, 0.1f, 0.3f, 1), Face(0.2, 0.1f, 0.3f, 2), Face(0.4, 0.1f, 0.3f, 3)];
        List<FaceFrame> longOne = [.. Times(2, 3.4).Select(time => Face(time, 0.1f, 0.3f, (int)(time * 10)))];

        var together = _model.ClassifySequence([.. shortOne, .. longOne], Windows, Token);
        var alone = _model.ClassifySequence(shortOne, Windows, Token);

        Assert.All(alone.Windows[0].Posterior.Zip(together.Windows[0].Posterior), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.NotEqual(together.Windows[0].Posterior, together.Windows[1].Posterior);
    }

    [Fact]
    public void ClassifySequence_SegmentsApart_FaceKeepsItsTrack()
    {
        var gap = Times(0, 1).Concat(Times(1.8, 3)).Select(time => Face(time, 0.3f + 0.01f * (float)time, 0.3f, 1)).ToList();

        Assert.Single(_model.ClassifySequence(gap, Windows, Token).Tracks);
    }

    [Fact]
    public void ClassifySequence_CutWhileNoFaceWasInSight_EndsTheTrack()
    {
        // The same picture before and after: only who decoded what lies between knows of the cut.
        var scene = new byte[SceneSignature.Length];
        FaceFrame In(double seconds, uint? segment, long cuts) => Face(seconds, 0.3f, 0.3f, 1) with { Scene = scene, Segment = segment, Cuts = cuts };

        Assert.Equal(2, _model.ClassifySequence([In(0, 0, 0), In(0.2, 0, 0), In(0.8, 0, 2)], Windows, Token).Tracks.Count);
        Assert.Single(_model.ClassifySequence([In(0, 0, 1), In(0.2, 0, 1), In(0.8, 1, 0)], Windows, Token).Tracks);
        Assert.Single(_model.ClassifySequence([In(0, null, 0), In(0.2, null, 0)], Windows, Token).Tracks);
    }

    [Fact]
    public void ClassifySequence_OneReadableFrame_IsTooShort()
    {
        var result = _model.ClassifySequence([Face(0.2, 0.1f, 0.3f, 1)], Windows, Token);

        Assert.Equal((1, AbstentionReason.TooShort), (result.Windows[0].FaceId, result.Windows[0].Abstention!.Reason));
        Assert.Empty(result.Tracks[0].Posterior);
    }

    [Fact]
    public void ClassifySequence_AllRefused_GivesTheirReason()
    {
        var dark = Times(0, 1.8).Select(time => Face(time, 0.1f, 0.3f, 1) with
        {
            Posterior = [],
            Embedding = [],
            Refusal = new(AbstentionReason.FaceTooDark, "dark"),
        });

        Assert.Equal(AbstentionReason.FaceTooDark, _model.ClassifySequence([.. dark], Windows, Token).Windows[0].Abstention?.Reason);
    }

    [Fact]
    public void ClassifySequence_NoFrames_AbstainsInEveryWindow()
    {
        var result = _model.ClassifySequence([], Windows, Token);

        Assert.Empty(result.Tracks);
        Assert.Equal([0, 1, 2], result.Windows.Select(window => window.Window.Index));
        Assert.All(result.Windows, window => Assert.Equal(AbstentionReason.NoFace, window.Abstention?.Reason));
    }

    [Fact]
    public void StartSequence_WithHeat_SaysWhatIsLostWithoutEachFrame()
    {
        List<FaceFrame> frames = [.. Times(0, 1).Select((time, i) => Face(time, 0.1f, 0.3f, i))];

        var window = Run(frames, new TrackOptions()).Windows[0];

        Assert.Equal(Times(0, 1), window.Heat.Select(moment => moment.Seconds));
        var prediction = Array.IndexOf(window.Posterior, window.Posterior.Max());
        foreach (var (seconds, change) in window.Heat)
        {
            var without = _model.ClassifySequence(frames.FindAll(frame => frame.Seconds != seconds), Windows, Token).Windows[0].Posterior;
            Assert.Equal(window.Posterior[prediction] - without[prediction], change, 1e-5);
        }

        Assert.Contains(window.Heat, moment => moment.Change != 0);
        Assert.Empty(Run(frames, new TrackOptions { Heat = false }).Windows[0].Heat);
        Assert.Equal(8, Run([.. Times(0, 1.8).Select(time => Face(time, 0.1f, 0.3f, 1))], new TrackOptions()).Windows[0].Heat.Count);
    }

    [Fact]
    public void StartSequence_MoreFacesThanAskedFor_AreTheLargest()
    {
        var frames = Times(0, 3.8).SelectMany(time => new[] { Face(time, 0.7f, 0.2f, 1), Face(time, 0.1f, 0.4f, 2) }).ToList();

        var result = Run(frames, new TrackOptions { MaximumFaces = 1 });

        Assert.Equal(0.1f, Assert.Single(result.Tracks).Boxes[0].Box.Left);
        Assert.Equal([(0, 1), (1, 1), (2, 0)], result.Windows.Select(window => (window.Window.Index, window.FaceId)));
    }

    [Fact]
    public void StartSequence_WindowsThatOverlap_AreRefused() =>
        Assert.Throws<InvalidInputException>(() => _model.StartSequence([new(0, 0, 2), new(1, 1, 3)], new TrackOptions()));

    [Fact]
    public async Task ClassifySequence_PackageThatAnswersByTheMean_AveragesTheFrames()
    {
        await using var model = VideoModel.Load(await _packages.VideoAsync(answer: SequenceSpec.Mean), Packages.Runtime);
        float[] happy = [0, 0, 1, 0, 0, 0, 0, 0], sad = [0, 0, 0, 1, 0, 0, 0, 0];
        List<FaceFrame> frames = [.. Times(0, 0.6).Select((time, i) => Face(time, 0.1f, 0.3f, i) with { Posterior = i == 0 ? sad : happy })];

        var window = model.ClassifySequence(frames, Windows, Token).Windows[0];

        Assert.Equal([0, 0, 0.75f, 0.25f, 0, 0, 0, 0], window.Posterior);
        Assert.Equal(_model.ClassifySequence(frames, Windows, Token).Windows[0].Embedding, window.Embedding);
    }

    [Fact]
    public async Task ClassifySequence_MeanWithATemperature_IsTheMeanLessSure()
    {
        await using var model = VideoModel.Load(await _packages.VideoAsync(answer: SequenceSpec.Mean, meanTemperature: 2), Packages.Runtime);
        float[] happy = [0, 0, 1, 0, 0, 0, 0, 0], sad = [0, 0, 0, 1, 0, 0, 0, 0];
        List<FaceFrame> frames = [.. Times(0, 0.8).Select((time, i) => Face(time, 0.1f, 0.3f, i) with { Posterior = i == 0 ? sad : happy })];

        var posterior = model.ClassifySequence(frames, Windows, Token).Windows[0].Posterior;

        // 4 to 1 becomes 2 to 1.
        Assert.Equal([0, 0, 2 / 3.0, 1 / 3.0, 0, 0, 0, 0], posterior.Select(share => (double)share), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public async Task Load_MeanTemperatureOfNothing_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<UnservablePackageException>(() => _packages.VideoAsync(meanTemperature: 0));

        Assert.Contains("meanTemperature", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ClassifySequence_BadFrames_AreRefused()
    {
        Refused(Face(1, 0.1f, 0.3f, 1), Face(0.5, 0.1f, 0.3f, 1));
        Refused(Face(1, 0.1f, 0.3f, 1) with { Embedding = new float[100] });
        Refused(Face(1, 0.1f, 0.3f, 1) with { Embedding = Enumerable.Repeat(float.PositiveInfinity, 512).ToArray() });

        Refused([.. Enumerable.Range(0, _model.Aligner.Spec.Detector.MaximumFaces + 1).Select(i => Face(1, 0.1f * i, 0.1f, 1))]);

        void Refused(params FaceFrame[] frames) =>
            Assert.Throws<InvalidInputException>(() => _model.ClassifySequence(frames, Windows, Token));
    }

    private SequenceResult Run(List<FaceFrame> frames, TrackOptions options)
    {
        var run = _model.StartSequence(Windows, options);
        frames.ForEach(run.Add);
        return run.Finish();
    }

    private static IEnumerable<double> Times(double from, double to) =>
        Enumerable.Range((int)Math.Round(from * 5), (int)Math.Round((to - from) * 5) + 1).Select(slot => slot / 5.0);

    private static FaceFrame Face(double seconds, float left, float side, int seed)
    {
        var random = new Random(seed);
        return new FaceFrame
        {
            Seconds = seconds,
            Box = new FaceBox(left, 0.3f, left + side, 0.3f + side),
            Landmarks = default,
            DetectionScore = 0.9f,
            Posterior = [1, 0, 0, 0, 0, 0, 0, 0],
            Embedding = [.. Enumerable.Range(0, 512).Select(_ => random.NextSingle())],
        };
    }
}
