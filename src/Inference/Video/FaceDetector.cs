using Emotion.Features.Faces;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Video;

/// <summary>A face as found: box and landmarks in pixels of the picture, score 0..1.</summary>
public readonly record struct FaceDetection(FaceBox Box, FaceLandmarks Landmarks, float Score);

/// <summary>
/// RetinaFace (Deng et al. 2019) with MobileNet-0.25: per stride 32, 16 and 8 two square anchors a cell, each with a score, a box
/// and five landmarks. Input <c>data</c> [1, 3, height, width], red, green, blue, 0..255; the graph normalises. Thread-safe.
/// </summary>
public sealed class FaceDetector : IDisposable
{
    private const int LargestStride = 32;

    /// <summary>Of the landmark deltas in units of the anchor, as the network was trained.</summary>
    private const float LandmarkDeviation = 0.2f;

    private static readonly Level[] Levels = [new(32, 512, 256), new(16, 128, 64), new(8, 32, 16)];

    private static readonly string[] InputNames = ["data"];

    private static readonly string[] OutputNames =
    [
        .. Levels.SelectMany(level => new[]
        {
            $"face_rpn_cls_prob_reshape_stride{level.Stride}",
            $"face_rpn_bbox_pred_stride{level.Stride}",
            $"face_rpn_landmark_pred_stride{level.Stride}",
        }),
    ];

    private delegate void LevelReader(int level, int columns, int rows, ReadOnlySpan<PooledTensor<float>> outputs);

    private readonly GraphSession _graph;
    private readonly FaceDetectorSpec _spec;
    private readonly bool _fixedSize;

    /// <exception cref="UnservablePackageException">The graph is no RetinaFace, or its fixed input size is not the spec's.</exception>
    public FaceDetector(GraphSession graph, FaceDetectorSpec spec)
    {
        _graph = graph;
        _spec = spec;
        var shape = graph.RequireInput("data", -1, 3, spec.InputHeight, spec.InputWidth);
        _fixedSize = shape[2] > 0 || shape[3] > 0;
        foreach (var name in OutputNames)
        {
            graph.RequireOutput(name, -1, -1, -1, -1);
        }

        if (spec.InputWidth % LargestStride != 0 || spec.InputHeight % LargestStride != 0)
        {
            throw new UnservablePackageException(
                $"Detector input {spec.InputWidth}x{spec.InputHeight} must be a multiple of {LargestStride} both ways.");
        }
    }

    /// <summary>Faces of at least the spec's score, the largest first, at most as many as it says.</summary>
    public FaceDetection[] Detect(RgbPicture picture)
    {
        var found = new List<FaceDetection>();
        var (usedWidth, usedHeight) = Run(picture, (level, columns, rows, outputs) =>
            Decode(Levels[level], columns, rows, outputs[0].Span, outputs[1].Span, outputs[2].Span, found));
        return Finish(found, (float)picture.Width / usedWidth, (float)picture.Height / usedHeight, picture.Width, picture.Height);
    }

    /// <summary>Mean and root mean square of each output: what a golden example compares, whether there is a face or not.</summary>
    internal float[] Fingerprint(RgbPicture picture)
    {
        var print = new List<float>();
        Run(picture, (_, _, _, outputs) =>
        {
            foreach (var output in outputs)
            {
                double sum = 0, squares = 0;
                foreach (var value in output.Span)
                {
                    sum += value;
                    squares += (double)value * value;
                }

                print.Add((float)(sum / output.Span.Length));
                print.Add((float)Math.Sqrt(squares / output.Span.Length));
            }
        });
        return [.. print];
    }

    // Gives the outputs (score, box, landmarks) of each level, and returns the network pixels that the picture fills.
    private (int Width, int Height) Run(RgbPicture picture, LevelReader read)
    {
        var shrink = Math.Max(1f, Math.Max((float)picture.Width / _spec.InputWidth, (float)picture.Height / _spec.InputHeight));
        var (usedWidth, usedHeight) = (Used(picture.Width, shrink), Used(picture.Height, shrink));
        var width = _fixedSize ? _spec.InputWidth : RoundUp(usedWidth);
        var height = _fixedSize ? _spec.InputHeight : RoundUp(usedHeight);

        using var input = new PooledTensor<float>(1, 3, height, width);
        DetectorInput.Write(picture, input.Span, width, height, usedWidth, usedHeight);
        var outputs = new PooledTensor<float>[OutputNames.Length];
        try
        {
            for (var i = 0; i < outputs.Length; i++)
            {
                var stride = Levels[i / 3].Stride;
                outputs[i] = new PooledTensor<float>(1, (i % 3) switch { 0 => 4, 1 => 8, _ => 20 }, height / stride, width / stride);
            }

            _graph.Run(InputNames, [input.Value], OutputNames, Array.ConvertAll(outputs, output => output.Value));
            for (var level = 0; level < Levels.Length; level++)
            {
                read(level, width / Levels[level].Stride, height / Levels[level].Stride, outputs.AsSpan(3 * level, 3));
            }

            return (usedWidth, usedHeight);
        }
        finally
        {
            Array.ForEach(outputs, output => output?.Dispose());
        }
    }

    public void Dispose() => _graph.Dispose();

    private static int Used(int side, float shrink) => Math.Max(1, (int)Math.Round(side / shrink));

    private static int RoundUp(int side) => (side + LargestStride - 1) / LargestStride * LargestStride;

    // Score [2 background, 2 face], box [2 x (dx, dy, dw, dh)], landmarks [2 x 5 x (dx, dy)], each a plane of rows x columns.
    private void Decode(
        Level level, int columns, int rows, ReadOnlySpan<float> scores, ReadOnlySpan<float> boxes, ReadOnlySpan<float> marks,
        List<FaceDetection> found)
    {
        var plane = rows * columns;
        for (var anchor = 0; anchor < 2; anchor++)
        {
            var side = anchor == 0 ? level.Larger : level.Smaller;
            var score = scores.Slice((2 + anchor) * plane, plane);
            for (var cell = 0; cell < plane; cell++)
            {
                if (score[cell] < _spec.MinimumScore)
                {
                    continue;
                }

                // Anchors lie on a grid of pixel centres: cell 0 has its centre at 7.5 for base size 16, whatever the stride.
                var (cx, cy) = (cell % columns * level.Stride + 7.5f, cell / columns * level.Stride + 7.5f);
                var box = boxes[(4 * anchor * plane)..];
                var mark = marks[(10 * anchor * plane)..];
                var (x, y) = (cx + box[cell] * side, cy + box[plane + cell] * side);
                var (w, h) = (MathF.Exp(box[2 * plane + cell]) * side, MathF.Exp(box[3 * plane + cell]) * side);
                found.Add(new FaceDetection(
                    new FaceBox(x - w / 2, y - h / 2, x + w / 2, y + h / 2),
                    new FaceLandmarks(
                        Point(mark, 0, plane, cell, cx, cy, side), Point(mark, 1, plane, cell, cx, cy, side),
                        Point(mark, 2, plane, cell, cx, cy, side), Point(mark, 3, plane, cell, cx, cy, side),
                        Point(mark, 4, plane, cell, cx, cy, side)),
                    score[cell]));
            }
        }
    }

    private static FacePoint Point(ReadOnlySpan<float> mark, int index, int plane, int cell, float cx, float cy, float side) => new(
        cx + mark[2 * index * plane + cell] * LandmarkDeviation * side,
        cy + mark[(2 * index + 1) * plane + cell] * LandmarkDeviation * side);

    // Non-maximum suppression, best first; then from network pixels, whose centres are whole numbers, to the picture's.
    private FaceDetection[] Finish(List<FaceDetection> found, float scaleX, float scaleY, int width, int height)
    {
        found.Sort((a, b) => b.Score.CompareTo(a.Score));
        var kept = new List<FaceDetection>();
        foreach (var face in found)
        {
            if (kept.TrueForAll(better => better.Box.Overlap(face.Box) <= _spec.MaximumOverlap))
            {
                kept.Add(face);
            }
        }

        FacePoint Scaled(FacePoint p) => new((p.X + 0.5f) * scaleX, (p.Y + 0.5f) * scaleY);
        return [.. kept
            .Select(face => new FaceDetection(
                new FaceBox(
                    Math.Clamp((face.Box.Left + 0.5f) * scaleX, 0, width), Math.Clamp((face.Box.Top + 0.5f) * scaleY, 0, height),
                    Math.Clamp((face.Box.Right + 0.5f) * scaleX, 0, width), Math.Clamp((face.Box.Bottom + 0.5f) * scaleY, 0, height)),
                new FaceLandmarks(
                    Scaled(face.Landmarks.LeftEye), Scaled(face.Landmarks.RightEye), Scaled(face.Landmarks.Nose),
                    Scaled(face.Landmarks.LeftMouth), Scaled(face.Landmarks.RightMouth)),
                face.Score))
            .Where(face => face.Box.Area > 0)
            .OrderByDescending(face => face.Box.Area)
            .Take(_spec.MaximumFaces)];
    }

    /// <summary>A stride of the feature pyramid and the sides of its two anchors, the larger first.</summary>
    private readonly record struct Level(int Stride, float Larger, float Smaller);
}
