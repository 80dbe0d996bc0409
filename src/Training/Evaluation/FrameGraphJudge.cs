using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Datasets;
using Emotion.Training.Onnx;

namespace Emotion.Training.Evaluation;

/// <summary>A frame graph by itself, in the runtime that serves it, on pictures through the front end that serves: no package is needed.</summary>
public static class FrameGraphJudge
{
    private const int BatchSize = 64;

    public static Judged Judge(
        Proto.ModelProto graph, FaceAligner aligner, string set, IReadOnlyList<FacePicture> pictures, int threads, CancellationToken cancellationToken)
    {
        using var runner = new GraphRunner(graph, threads);
        var side = aligner.Spec.CropSize;
        var posteriors = new List<float[]>(pictures.Count);
        foreach (var some in pictures.Chunk(BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = runner.Run([("faces", Faces(aligner, some), [some.Length, 1, side, side])], "posterior")[0];
            posteriors.AddRange(rows.Chunk(EmotionLabels.Count));
        }

        return new Judged(set, [.. pictures.Select(picture => picture.Label)], posteriors, EmotionLabels.Mask(CorpusLabels.Fer2013.Covered));
    }

    /// <summary>Pictures as the front end gives them to a frame graph: <c>[count, 1, side, side]</c>.</summary>
    public static float[] Faces(FaceAligner aligner, IReadOnlyList<FacePicture> pictures)
    {
        var faces = new float[pictures.Count * aligner.FeatureCount];
        for (var i = 0; i < pictures.Count; i++)
        {
            aligner.FromCrop(pictures[i].Gray, faces.AsSpan(i * aligner.FeatureCount, aligner.FeatureCount));
        }

        return faces;
    }
}
