using Emotion.Inference.Fusion;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>The fusion model as it is served: a tuple is a clip of one window.</summary>
public static class ServedFusion
{
    public static Judged Judge(FusionModel model, string set, IReadOnlyList<EvidenceTuple> tuples, bool hearing, bool seeing)
    {
        var trainedOn = model.Package.Manifest.TrainedOn;
        ModalityEvidence Of(string modality, Evidence evidence) =>
            new(modality, modality, trainedOn[modality], evidence.Posterior, evidence.Embedding, 1);
        var posteriors = tuples.Select(tuple =>
        {
            var evidence = new List<ModalityEvidence>();
            if (hearing && tuple.Audio is { } audio)
            {
                evidence.Add(Of("audio", audio));
            }

            if (seeing && tuple.Video is { } video)
            {
                evidence.Add(Of("video", video));
            }

            return model.Fuse([new WindowEvidence(0, evidence)]).Posterior;
        }).ToList();
        return new Judged(set, [.. tuples.Select(tuple => tuple.Label)], posteriors, null);
    }
}
