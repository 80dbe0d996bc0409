using Emotion.Features.Faces;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Video;

namespace Emotion.Inference.Tests;

/// <summary>The real detector on a photograph whose landmarks were read off by eye.</summary>
public sealed class FaceDetectorTests(FaceDetectorTests.Loaded loaded) : IClassFixture<FaceDetectorTests.Loaded>, IDisposable
{
    private readonly Packages _packages = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Theory]
    [InlineData(false, 640, 640)]
    [InlineData(true, 320, 320)]
    [InlineData(true, 640, 384)]
    public async Task Detect_OneFace_FindsItsLandmarks(bool free, int width, int height)
    {
        var model = await loaded.ModelAsync(free, width, height);
        var pixels = await Pictures.FaceAsync(Pictures.Width, Pictures.Height, Token);

        var faces = model.Detector.Detect(new RgbPicture(pixels, Pictures.Width, Pictures.Height));

        var face = Assert.Single(faces);
        Assert.True(face.Score > 0.95f);
        for (var i = 0; i < FaceLandmarks.Count; i++)
        {
            // A tenth of the distance between the eyes.
            var (found, seen) = (face.Landmarks[i], Pictures.Landmarks[i]);
            Assert.True(Math.Abs(found.X - seen.X) < 11 && Math.Abs(found.Y - seen.Y) < 11, $"landmark {i}: {found}, by eye {seen}");
            Assert.InRange(found.X, face.Box.Left, face.Box.Right);
            Assert.InRange(found.Y, face.Box.Top, face.Box.Bottom);
        }
    }

    [Fact]
    public async Task Detect_TwoFaces_LargestFirst()
    {
        var model = await loaded.ModelAsync(free: true, 640, 640);
        var (small, large) = (await Pictures.FaceAsync(360, 288, Token), await Pictures.FaceAsync(720, 576, Token));
        var pixels = new byte[1080 * 576 * 3];
        for (var y = 0; y < 576; y++)
        {
            if (y < 288) small.AsSpan(y * 360 * 3, 360 * 3).CopyTo(pixels.AsSpan(y * 1080 * 3));
            large.AsSpan(y * 720 * 3, 720 * 3).CopyTo(pixels.AsSpan((y * 1080 + 360) * 3));
        }

        var faces = model.Detector.Detect(new RgbPicture(pixels, 1080, 576));

        Assert.Equal(2, faces.Length);
        Assert.InRange(faces[0].Landmarks.Nose.X, 360 + 430, 360 + 460);
        Assert.InRange(faces[1].Landmarks.Nose.X, 215, 231);
    }

    [Theory]
    [InlineData(640, 480)]
    [InlineData(1, 1)]
    [InlineData(17, 300)]
    public async Task Detect_NoFace_FindsNone(int width, int height)
    {
        var model = await loaded.ModelAsync(free: true, 320, 320);

        Assert.Empty(model.Detector.Detect(new RgbPicture(new byte[width * height * 3], width, height)));
    }

    [Fact]
    public async Task Load_FixedGraphOfAnotherSize_IsRefused()
    {
        var package = await _packages.VideoAsync(detector: RetinaFace.Free());
        await File.WriteAllBytesAsync(package.PathOf("detector.onnx"), RetinaFace.Fixed(), Token);
        var wrong = await Packages.ResealAsync(package);

        var refused = Assert.Throws<UnservablePackageException>(() => VideoModel.Load(wrong, Packages.Runtime));

        Assert.Contains("'data' of shape [-1,3,320,320]; it has [1,3,640,640]", refused.Message);
    }

    /// <summary>Each graph and size once.</summary>
    public sealed class Loaded : IAsyncDisposable
    {
        private readonly Packages _packages = new();
        private readonly Dictionary<(bool, int, int), VideoModel> _models = [];

        public async Task<VideoModel> ModelAsync(bool free, int width, int height)
        {
            if (!_models.TryGetValue((free, width, height), out var model))
            {
                var spec = Packages.FaceFrame with { Detector = Packages.FaceFrame.Detector with { InputWidth = width, InputHeight = height } };
                var package = await _packages.VideoAsync(spec, free ? RetinaFace.Free() : RetinaFace.Fixed());
                model = _models[(free, width, height)] = VideoModel.Load(package, Packages.Runtime);
            }

            return model;
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var model in _models.Values)
            {
                await model.DisposeAsync();
            }

            _packages.Dispose();
        }
    }
}
