using Emotion.Inference.Fusion;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>The fusion model as it is served: a tuple is a clip of one window.</summary>
public static class ServedFusion
{
    /// <param name="tuples">Of the modalities that the model knows, in its order.</param>
    public static Judged Judge(FusionModel model, string set, IReadOnlyList<EvidenceTuple> tuples)
    {
        var trainedOn = model.Package.Manifest.TrainedOn;
        ModalityEvidence Of(string modality, Evidence evidence) =>
            new(modality, modality, trainedOn[modality], evidence.Posterior, evidence.Embedding, 1);
        var posteriors = tuples.Select(tuple => model.Fuse([new WindowEvidence(0,
        [
            .. tuple.Evidence.Zip(model.Modalities).Where(pair => pair.First is not null).Select(pair => Of(pair.Second, pair.First!)),
        ])], CancellationToken.None).Posterior);
        return new Judged(set, [.. tuples.Select(tuple => tuple.Label)], [.. posteriors], null);
    }
}
