using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Onnx;

namespace Emotion.Training.Loop;

/// <summary>A published face network as the teacher of the next: see <see cref="Recipes.DistillationSpec"/>.</summary>
public static class FaceTeacher
{
    private const int BatchSize = 64;

    /// <summary>The mean of what a frame graph says of each picture as it is and mirrored, in the runtime that serves it: <c>[pictures][labels]</c>.</summary>
    public static IReadOnlyList<float[]> Posteriors(
        Proto.ModelProto graph, FaceAligner aligner, IReadOnlyList<FacePicture> pictures, int threads, CancellationToken cancellationToken)
    {
        using var runner = new GraphRunner(graph, threads);
        var side = aligner.Spec.CropSize;
        var posteriors = new List<float[]>(pictures.Count);
        foreach (var some in pictures.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var faces = FrameGraphJudge.Faces(aligner, some);
            float[] See() => runner.Run([("faces", faces, [some.Length, 1, side, side])], "posterior")[0];
            var asTheyAre = See();
            for (var row = 0; row < faces.Length; row += side)
            {
                faces.AsSpan(row, side).Reverse();
            }

            posteriors.AddRange(asTheyAre.Zip(See(), (one, other) => (one + other) / 2).Chunk(EmotionLabels.Count));
        }

        return posteriors;
    }
}
