using System.Diagnostics;
using System.Text.Json;
using Emotion.Features.Faces;
using Emotion.Inference.Hosting;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.SystemBench;

namespace Emotion.FaceBench;

/// <summary>
/// The detector at several input sizes over clips of real people as they are, and with their faces shrunk to a few pixels and put anywhere in a
/// gray picture of the size that segments are decoded to; and following a face for one to four pictures against finding it there. What is
/// right is what the detector finds at the largest input in the clip itself. Milliseconds are side by side in one run: ratios hold.
/// </summary>
internal sealed class DetectorBench(ModelRuntime runtime, ModelPackage package, DirectoryInfo clips, int picturesOfAClip)
{
    private const int Reference = 640, SmallFace = 40, Seed = 1;
    private const double Floor = 0.95;

    /// <summary>Scores from which on a box is a face, beside the package's own.</summary>
    private const float LowerScore = 0.5f;

    /// <summary>Pictures of each clip whose face is shrunk, and places where each is put.</summary>
    private const int ShrunkOfAClip = 2, Places = 2;

    private static readonly int[] Inputs = [192, 256, 320, 384, 448, 480, 512, Reference];
    private static readonly int[] Sides = [24, 32, SmallFace, 48, 64];

    private readonly VideoSpec _spec = package.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;

    private float[] Scores => [_spec.FaceFrame.Detector.MinimumScore, LowerScore];

    public async Task<int> RunAsync(FileInfo output, CancellationToken cancellationToken)
    {
        var films = new List<List<Frame>>();
        foreach (var file in clips.EnumerateFiles("*", SearchOption.AllDirectories).Where(file => IsClip(file.Name)).OrderBy(file => file.FullName, StringComparer.Ordinal))
        {
            if (await DecodeAsync(file.FullName, cancellationToken) is { Count: > 0 } film)
            {
                films.Add(film);
            }
        }

        using (var reference = Detector(Reference, _spec.FaceFrame.Detector.MinimumScore))
        {
            films.ForEach(film => film.ForEach(frame => frame.Faces = reference.Detect(frame.Picture)));
        }

        films.RemoveAll(film => film.TrueForAll(frame => frame.Faces.Length == 0));
        var rows = Inputs.SelectMany(input => Rows(films, input)).OrderByDescending(row => row.Score).ToList();
        var follow = new Dictionary<string, double>();
        for (var ahead = 1; ahead <= 4; ahead++)
        {
            Follow(films, ahead, follow);
        }

        int? Smallest(float score) => rows.Where(row => row.Score == score && row.SmallRecall[SmallFace] >= Floor).Select(row => (int?)row.Input).Min();
        await RunRecord.WriteAsync(
            output,
            "./emotion bench face-detector",
            new
            {
                package = $"{package.Name}/{package.Version}",
                load_average = File.ReadAllText("/proc/loadavg").Split(' ')[0],
                picture_longest_side = _spec.LongestPictureSide,
                served_input = _spec.FaceFrame.Detector.InputWidth,
                n_clips = films.Count,
                n_pictures = films.Sum(film => film.Count),
                n_faces_of_each_side = films.Sum(film => Shown(film).Count()) * Places,
                floor = Floor,
                smallest_input_40px = Smallest(_spec.FaceFrame.Detector.MinimumScore),
                smallest_input_40px_lower_score = Smallest(LowerScore),
                inputs = rows.Select(row => new
                {
                    input = row.Input,
                    minimum_score = Math.Round(row.Score, 2),
                    recall = Math.Round(row.Recall, 4),
                    recall_by_side = row.SmallRecall.ToDictionary(side => $"{side.Key}px", side => Math.Round(side.Value, 4)),
                    false_faces_a_picture = Math.Round(row.FalseFaces, 4),
                    milliseconds = Math.Round(row.Milliseconds, 2),
                }),
                follow = follow.ToDictionary(figure => figure.Key, figure => Math.Round(figure.Value, 4)),
            },
            cancellationToken);
        return 0;
    }

    // One search tells for both scores: a lower one adds faces and takes none away.
    private IEnumerable<InputRow> Rows(List<List<Frame>> films, int input)
    {
        using var detector = Detector(input, LowerScore);
        var whole = Search(detector, films.SelectMany(film => film), out var milliseconds);
        var bySide = new SortedDictionary<int, List<Searched>>();
        foreach (var side in Sides)
        {
            // The same places for all inputs.
            var random = new Random(Seed);
            var shrunk = films.SelectMany(Shown).SelectMany(frame => Enumerable.Range(0, Places).Select(_ => Shrunk(frame, side, random)));
            bySide[side] = Search(detector, shrunk, out _);
        }

        return Scores.Select(score => new InputRow(
            input, score, Recall(whole, score), new(bySide.ToDictionary(side => side.Key, side => Recall(side.Value, score))),
            bySide.Values.SelectMany(side => side).Average(one => one.Wrong(score)), milliseconds)).ToList();
    }

    // Pictures of one face that is large enough to be shrunk, spread over the clip.
    private static IEnumerable<Frame> Shown(List<Frame> film)
    {
        var one = film.Where(frame => frame.Faces is [{ Box.Width: > 128 }]).ToList();
        return Enumerable.Range(0, Math.Min(ShrunkOfAClip, one.Count)).Select(i => one[i * one.Count / ShrunkOfAClip]);
    }

    private static bool IsClip(string path) => Path.GetExtension(path) is ".mp4" or ".mov" or ".flv" or ".mkv" or ".webm";

    private FaceDetector Detector(int input, float score) => new(
        runtime.Sessions.Open(package, "detector"), _spec.FaceFrame.Detector with { InputWidth = input, InputHeight = input, MinimumScore = score });

    private async Task<List<Frame>> DecodeAsync(string path, CancellationToken cancellationToken)
    {
        var frames = new List<Frame>();
        try
        {
            await DecodeAsync(path, frames, cancellationToken);
        }
        catch (MediaRefusedException refused)
        {
            Console.WriteLine($"{Path.GetFileName(path)}: {refused.Message}");
        }

        return frames;
    }

    private async Task DecodeAsync(string path, List<Frame> frames, CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var probe = await new MediaProbe(guard).ProbeAsync(path, cancellationToken);
        await using var clip = new ClipSplitter(guard).Start(path, probe, cancellationToken);
        var sampling = new PictureSampling((int)_spec.FaceFrame.PicturesPerSecond, _spec.LongestPictureSide);
        await foreach (var segment in clip.ReadSegmentsAsync(cancellationToken))
        {
            await foreach (var frame in new SegmentDecoder(guard).DecodeAsync(segment, sampling, cancellationToken))
            {
                using (frame)
                {
                    if (frames.Count < picturesOfAClip)
                    {
                        frames.Add(new Frame(frame.Pixels.ToArray(), frame.Width, frame.Height));
                    }
                }
            }
        }
    }

    private static List<Searched> Search(FaceDetector detector, IEnumerable<Frame> frames, out double milliseconds)
    {
        var (searched, took) = (new List<Searched>(), new List<double>());
        foreach (var frame in frames)
        {
            var watch = Stopwatch.StartNew();
            var faces = detector.Detect(frame.Picture);
            took.Add(watch.Elapsed.TotalMilliseconds);
            searched.Add(new Searched(frame.Faces, faces));
        }

        milliseconds = took.Order().ElementAt(took.Count / 2);
        return searched;
    }

    private static double Recall(List<Searched> searched, float score) =>
        (double)searched.Sum(one => one.Right(score)) / searched.Sum(one => one.Truth.Length);

    // The picture reduced until its face has this width, somewhere in a gray one of the size that segments are decoded to.
    private Frame Shrunk(Frame frame, int side, Random random)
    {
        var (width, height) = (_spec.LongestPictureSide, _spec.LongestPictureSide * 9 / 16);
        var shrink = Math.Max(frame.Faces[0].Box.Width / side, Math.Max((float)frame.Width / width, (float)frame.Height / height));
        var (usedWidth, usedHeight) = ((int)(frame.Width / shrink), (int)(frame.Height / shrink));
        var (left, top) = (random.Next(width - usedWidth + 1), random.Next(height - usedHeight + 1));
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

        if (errors.Count == 0)
        {
            return; // Films of too few pictures.
        }

        figures[$"follow_{ahead}_kept"] = (double)errors.Count / correlations.Count;
        figures[$"follow_{ahead}_error_median"] = errors.Order().ElementAt(errors.Count / 2);
        figures[$"follow_{ahead}_error_p95"] = errors.Order().ElementAt(errors.Count * 95 / 100);
        figures[$"follow_{ahead}_ms"] = took.Order().ElementAt(took.Count / 2);
    }

    private static double Distance(FacePoint a, FacePoint b) => Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Y - b.Y) * (a.Y - b.Y));

    private sealed record Searched(FaceDetection[] Truth, FaceDetection[] Found)
    {
        public int Right(float score) => Truth.Count(face => Found.Any(other => other.Score >= score && Same(face, other)));

        public int Wrong(float score) => Found.Count(other => other.Score >= score && !Truth.Any(face => Same(face, other)));

        private static bool Same(FaceDetection one, FaceDetection other) => one.Box.Overlap(other.Box) >= 0.5f;
    }

    private sealed record InputRow(
        int Input, float Score, double Recall, SortedDictionary<int, double> SmallRecall, double FalseFaces, double Milliseconds);

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
