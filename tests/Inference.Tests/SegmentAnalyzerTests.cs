using Emotion.Inference.Video;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Tests;

/// <summary>A film of the photograph through ffmpeg, the real detector, the aligner and a small frame network.</summary>
public sealed class SegmentAnalyzerTests : IAsyncLifetime
{
    private readonly Packages _packages = new();
    private readonly FFMpegGuard _guard = new(new MediaOptions());
    private readonly string _clip = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await Pictures.ClipAsync(_clip, seconds: 2);

    public ValueTask DisposeAsync()
    {
        File.Delete(_clip);
        _guard.Dispose();
        _packages.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Analyze_FilmOfAFace_ReadsItInEveryPicture()
    {
        await using var model = VideoModel.Load(await _packages.VideoAsync(), Packages.Runtime);
        using var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 2, Token);

        Assert.Equal((10, 0, 10), (result.Pictures, result.PicturesWithoutFace, result.Frames.Count));
        Assert.Equal(Enumerable.Range(0, 10).Select(slot => slot / 5.0), result.Frames.Select(frame => frame.Seconds));
        Assert.All(result.Frames, frame =>
        {
            Assert.Null(frame.Refusal);
            Assert.Equal(512, frame.Embedding.Length);
            Assert.Equal(1, frame.Posterior.Sum(), 5);
            Assert.Equal((Pictures.Landmarks.Nose.X - 25 * frame.Seconds) / 600, frame.Landmarks.Nose.X, 0.02);
            Assert.InRange(frame.Box.Width, 0.35f, 0.5f);
            Assert.InRange(frame.MouthOpening, 0, 0.3f);
        });
    }

    [Fact]
    public async Task Analyze_EveryThirdPictureSearched_FaceKeepsItsPlaceBetween()
    {
        var spec = Packages.FaceFrame with { Detector = Packages.FaceFrame.Detector with { DetectEvery = 3 } };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        using var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 2, Token);

        Assert.Equal(10, result.Frames.Count);
        Assert.Equal(4, result.Frames.Select(frame => frame.Box).Distinct().Count());
    }

    [Fact]
    public async Task Analyze_FaceTooDark_IsFoundAndRefused()
    {
        var spec = Packages.FaceFrame with { MinimumBrightness = 0.99f };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        using var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 1, Token);

        Assert.Equal((5, 5), (result.Pictures, result.PicturesWithoutFace));
        Assert.All(result.Frames, frame => Assert.Equal((AbstentionReason.FaceTooDark, 0), (frame.Refusal!.Reason, frame.Posterior.Length)));
    }

    [Fact]
    public async Task Analyze_NoRoom_IsRefusedAtOnce()
    {
        await using var model = VideoModel.Load(await _packages.VideoAsync(), Packages.Runtime);
        using var analyzer = Analyzer(options => (options.MaxConcurrent, options.QueueLength) = (1, 0));
        var first = analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 2, Token);

        await Assert.ThrowsAsync<QueueFullException>(() => analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 2, Token));

        Assert.Equal(10, (await first).Pictures);
        Assert.Equal(5, (await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 1, Token)).Pictures);
    }

    [Fact]
    public async Task Analyze_NoPictureTrack_IsRefused()
    {
        await File.WriteAllBytesAsync(_clip, new byte[5000], Token);
        await using var model = VideoModel.Load(await _packages.VideoAsync(), Packages.Runtime);
        using var analyzer = Analyzer();

        await Assert.ThrowsAsync<MediaRefusedException>(() => analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 2, Token));
    }

    private SegmentAnalyzer Analyzer(Action<SegmentOptions>? configure = null)
    {
        var options = new SegmentOptions();
        configure?.Invoke(options);
        return new SegmentAnalyzer(new SegmentDecoder(_guard), Options.Create(options));
    }
}
