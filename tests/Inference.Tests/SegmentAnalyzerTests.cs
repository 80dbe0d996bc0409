using Emotion.Features.Faces;
using Emotion.Inference.Sessions;
using Emotion.Inference.Video;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Tests;

/// <summary>A film of the photograph through ffmpeg, the real detector, the aligner and a small frame network.</summary>
public sealed class SegmentAnalyzerTests(LoadedVideo loaded, FilmedFace film) : IClassFixture<LoadedVideo>, IClassFixture<FilmedFace>, IDisposable
{
    private readonly Packages _packages = new();
    private readonly FFMpegGuard _guard = new(new MediaOptions());
    private readonly string _another = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");
    private readonly VideoModel _model = loaded.Model;
    private readonly string _clip = film.Path;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        File.Delete(_another);
        _guard.Dispose();
        _packages.Dispose();
    }

    [Fact]
    public async Task Analyze_FilmOfAFace_ReadsItInEveryPicture()
    {
        var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(_model, _clip, "matroska", 0, 0, 2, Token);

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
        var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 0, 2, Token);

        Assert.Equal(10, result.Frames.Count);
        Assert.Equal(4, result.Frames.Select(frame => frame.Box).Distinct().Count());
    }

    [Fact]
    public async Task Analyze_EveryFifthPictureSearched_FaceIsFollowedBetween()
    {
        var follow = new FaceFollowSpec { MinimumCorrelation = 0.8f, Reach = 0.4f };
        var spec = Packages.FaceFrame with { Detector = Packages.FaceFrame.Detector with { DetectEvery = 5, Follow = follow } };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 0, 2, Token);

        Assert.Equal((10, 2, 10), (result.Pictures, result.PicturesSearched, result.Frames.Count));
        for (var searched = 0; searched < 10; searched += 5)
        {
            // The film pans by 25 pixels a second, and the face stays as it is.
            var found = result.Frames[searched];
            Assert.All(result.Frames.Skip(searched + 1).Take(4), frame =>
            {
                var moved = (float)(25 * (frame.Seconds - found.Seconds)) / 600;
                Assert.Equal(found.Landmarks.Nose.X - moved, frame.Landmarks.Nose.X, 0.003);
                Assert.Equal(found.Landmarks.Nose.Y, frame.Landmarks.Nose.Y, 0.003);
                Assert.Equal(found.Box.Width, frame.Box.Width, 0.01);
                Assert.Equal(found.Sharpness, frame.Sharpness, 0.3 * found.Sharpness);
            });
        }
    }

    [Fact]
    public async Task Analyze_FaceThatVanishes_IsLookedForByTheDetector()
    {
        await Pictures.FacesAsync(_another, 2, "[bg][a]overlay=x=200:y=70:enable=lt(t\\,1.1)");
        var follow = new FaceFollowSpec { MinimumCorrelation = 0.8f, Reach = 0.4f };
        var spec = Packages.FaceFrame with { Detector = Packages.FaceFrame.Detector with { DetectEvery = 9, Follow = follow } };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _another, "matroska", 0, 0, 2, Token);

        // Searched: the first, and from the first without the face on all, since its track waits for it for a second.
        Assert.Equal((10, 5, 4, 6), (result.Pictures, result.PicturesSearched, result.PicturesWithoutFace, result.Frames.Count));
    }

    [Fact]
    public async Task Analyze_Face_HasSizeAndPose()
    {
        var analyzer = Analyzer();

        var face = (await analyzer.AnalyzeAsync(_model, _clip, "matroska", 0, 0, 0.2, Token)).Frames[0];

        // The eyes are 114 pixels apart, 0.384 of the square's side; they lean to the left by 6 degrees, the nose looks to the right.
        Assert.InRange(face.Size, 250, 350);
        Assert.InRange(face.Pose.Roll, -9, -3);
        Assert.InRange(face.Pose.Yaw, 5, 40);
        Assert.InRange(face.Pose.Pitch, -25, 25);
    }

    [Fact]
    public async Task Analyze_FaceTooDark_IsFoundAndRefused()
    {
        var spec = Packages.FaceFrame with { MinimumBrightness = 0.99f };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        var analyzer = Analyzer();

        var result = await analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 0, 1, Token);

        Assert.Equal((5, 5), (result.Pictures, result.PicturesWithoutFace));
        Assert.All(result.Frames, frame => Assert.Equal((AbstentionReason.FaceTooDark, 0), (frame.Refusal!.Reason, frame.Posterior.Length)));
    }

    [Fact]
    public async Task Analyze_MoreFacesThanTheFrameNetworksQueueHolds_AllAreRead()
    {
        var runtime = Packages.Runtime with { Batching = new BatchOptions { MaxBatchSize = 1, QueueLength = 1, MaxDelay = TimeSpan.Zero } };
        await using var model = VideoModel.Load(await _packages.VideoAsync(), runtime);
        var analyzer = Analyzer();

        var segments = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => analyzer.AnalyzeAsync(model, _clip, "matroska", 0, 0, 2, Token)));

        Assert.All(segments, segment => Assert.Equal(10, segment.Frames.Count(frame => frame.Embedding.Length == 512)));
    }

    [Fact]
    public async Task Analyze_NoPictureTrack_IsRefused()
    {
        await File.WriteAllBytesAsync(_another, new byte[5000], Token);
        var analyzer = Analyzer();

        await Assert.ThrowsAsync<MediaRefusedException>(() => analyzer.AnalyzeAsync(_model, _another, "matroska", 0, 0, 2, Token));
    }

    private SegmentAnalyzer Analyzer() => new(new SegmentDecoder(_guard), Options.Create(new SegmentOptions()));
}

/// <summary>The film that most of them look at.</summary>
public sealed class FilmedFace : IAsyncLifetime
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");

    public async ValueTask InitializeAsync() => await Pictures.ClipAsync(Path, seconds: 2);

    public ValueTask DisposeAsync()
    {
        File.Delete(Path);
        return ValueTask.CompletedTask;
    }
}
