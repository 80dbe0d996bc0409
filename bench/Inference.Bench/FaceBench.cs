using System.Diagnostics;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Hosting;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.InferenceBench;

/// <summary>
/// The detector at several input sizes against itself at 640, over clips of real people as they are and with their faces shrunk to 40 pixels;
/// and following a face for one to four pictures against finding it there. Milliseconds are side by side in one run: ratios hold.
/// </summary>
internal sealed class FaceBench(ModelRuntime runtime, ModelPackage package, string clips)
{
    private const int Reference = 640, SmallFace = 40, PicturesOfAClip = 20;
    private static readonly int[] Inputs = [192, 256, 320, 384, 448, 512, Reference];

    private readonly VideoSpec _spec = package.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;

    public async Task RunAsync(Dictionary<string, double> figures)
    {
        var films = new List<List<Frame>>();
        foreach (var path in Directory.EnumerateFiles(clips, "*", SearchOption.AllDirectories).Where(IsClip).Order())
        {
            films.Add(await DecodeAsync(path));
        }

        using (var reference = Detector(Reference))
        {
            films.ForEach(film => film.ForEach(frame => frame.Faces = reference.Detect(frame.Picture)));
        }

        films.RemoveAll(film => film.TrueForAll(frame => frame.Faces.Length == 0));
        var small = films.Select(film => Shrunk(film.First(frame => frame.Faces.Length > 0))).ToList();
        foreach (var input in Inputs)
        {
            using var detector = Detector(input);
            figures[$"detector_{input}_recall"] = Recall(detector, films.SelectMany(film => film), out var milliseconds);
            figures[$"detector_{input}_recall_{SmallFace}px"] = Recall(detector, small, out _);
            figures[$"detector_{input}_ms"] = milliseconds;
        }

        for (var ahead = 1; ahead <= 4; ahead++)
        {
            Follow(films, ahead, figures);
        }
    }

    private static bool IsClip(string path) => Path.GetExtension(path) is ".mp4" or ".mov" or ".flv" or ".mkv" or ".webm";

    private FaceDetector Detector(int input) => new(
        runtime.Sessions.Open(package, "detector"), _spec.FaceFrame.Detector with { InputWidth = input, InputHeight = input });

    private async Task<List<Frame>> DecodeAsync(string path)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var probe = await new MediaProbe(guard).ProbeAsync(path, CancellationToken.None);
        await using var clip = new ClipSplitter(guard).Start(path, probe, CancellationToken.None);
        var frames = new List<Frame>();
        var sampling = new PictureSampling((int)_spec.FaceFrame.PicturesPerSecond, _spec.LongestPictureSide);
        await foreach (var segment in clip.ReadSegmentsAsync(CancellationToken.None))
        {
            await foreach (var frame in new SegmentDecoder(guard).DecodeAsync(
                segment.Path, segment.Container, segment.StartSeconds, segment.EndSeconds, sampling, CancellationToken.None))
            {
                using (frame)
                {
                    if (frames.Count < PicturesOfAClip)
                    {
                        frames.Add(new Frame(frame.Pixels.ToArray(), frame.Width, frame.Height));
                    }
                }
            }
        }

        return frames;
    }

    // Share of the reference's faces found, and the median time of a picture.
    private static double Recall(FaceDetector detector, IEnumerable<Frame> frames, out double milliseconds)
    {
        var (found, all, took) = (0, 0, new List<double>());
        foreach (var frame in frames)
        {
            var watch = Stopwatch.StartNew();
            var faces = detector.Detect(frame.Picture);
            took.Add(watch.Elapsed.TotalMilliseconds);
            all += frame.Faces.Length;
            found += frame.Faces.Count(face => faces.Any(other => other.Box.Overlap(face.Box) >= 0.5f));
        }

        milliseconds = took.Order().ElementAt(took.Count / 2);
        return (double)found / all;
    }

    // The picture reduced until its largest face is 40 pixels wide, in the middle of a gray one of the size that segments are decoded to.
    private Frame Shrunk(Frame frame)
    {
        var (width, height) = (_spec.LongestPictureSide, _spec.LongestPictureSide * 9 / 16);
        var shrink = Math.Max(frame.Faces[0].Box.Width / SmallFace, Math.Max((float)frame.Width / width, (float)frame.Height / height));
        var (usedWidth, usedHeight) = ((int)(frame.Width / shrink), (int)(frame.Height / shrink));
        var (left, top) = ((width - usedWidth) / 2, (height - usedHeight) / 2);
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, (byte)110);
        for (var i = 0; i < usedWidth * usedHeight; i++)
        {
            var (x, y) = (i % usedWidth, i / usedWidth);
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[((top + y) * width + left + x) * 3 + channel] = frame.Mean(x * shrink, y * shrink, shrink, channel);
            }
        }

        var box = frame.Faces[0].Box;
        var moved = new FaceBox(box.Left / shrink + left, box.Top / shrink + top, box.Right / shrink + left, box.Bottom / shrink + top);
        return new Frame(pixels, width, height) { Faces = [frame.Faces[0] with { Box = moved }] };
    }

    private void Follow(List<List<Frame>> films, int ahead, Dictionary<string, double> figures)
    {
        var follower = new FaceFollower(_spec.FaceFrame, new FaceFollowSpec { MinimumCorrelation = 0.8f, Reach = 0.4f });
        var (errors, correlations, took) = (new List<double>(), new List<double>(), new List<double>());
        foreach (var film in films)
        {
            for (var start = 0; start + ahead < film.Count; start += ahead)
            {
                if (film[start].Faces.Length != 1 || film[start + ahead].Faces.Length != 1)
                {
                    continue;
                }

                var (face, truth) = (film[start].Faces[0], film[start + ahead].Faces[0].Landmarks);
                follower.Remember(film[start].Picture, face.Box, face.Landmarks);
                var (correlation, landmarks) = (0f, default(FaceLandmarks));
                for (var step = 1; step <= ahead; step++)
                {
                    var watch = Stopwatch.StartNew();
                    correlation = follower.Follow(film[start + step].Picture, out _, out landmarks);
                    took.Add(watch.Elapsed.TotalMilliseconds);
                }

                correlations.Add(correlation);
                if (correlation >= 0.8f)
                {
                    errors.Add(Enumerable.Range(0, FaceLandmarks.Count).Average(i => Distance(landmarks[i], truth[i])) / Distance(truth.LeftEye, truth.RightEye));
                }
            }
        }

        figures[$"follow_{ahead}_kept"] = (double)errors.Count / correlations.Count;
        figures[$"follow_{ahead}_error_median"] = errors.Order().ElementAt(errors.Count / 2);
        figures[$"follow_{ahead}_error_p95"] = errors.Order().ElementAt(errors.Count * 95 / 100);
        figures[$"follow_{ahead}_ms"] = took.Order().ElementAt(took.Count / 2);
    }

    private static double Distance(FacePoint a, FacePoint b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

    private sealed class Frame(byte[] pixels, int width, int height)
    {
        public int Width { get; } = width;

        public int Height { get; } = height;

        public RgbPicture Picture => new(pixels, Width, Height);

        public FaceDetection[] Faces { get; set; } = [];

        public byte Mean(float left, float top, float side, int channel)
        {
            var (x0, y0) = ((int)left, (int)top);
            var (x1, y1) = (Math.Clamp((int)(left + side), x0 + 1, Width), Math.Clamp((int)(top + side), y0 + 1, Height));
            var sum = 0;
            for (var y = y0; y < y1; y++)
            {
                for (var x = x0; x < x1; x++)
                {
                    sum += pixels[(y * Width + x) * 3 + channel];
                }
            }

            return (byte)(sum / ((x1 - x0) * (y1 - y0)));
        }
    }
}
