using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;

namespace Emotion.Training.Evaluation;

/// <summary>The fusion with attention that a fusion run trained beside its own network, at one temperature, as the network that ships.</summary>
public sealed class AttentionRival
{
    private readonly TrainedFusion _trained;
    private readonly double _temperature;

    private AttentionRival(TrainedFusion trained, IReadOnlyList<EvidenceTuple> fitting)
    {
        _trained = trained;
        _temperature = TemperatureScaling.Fit(trained.Answers(fitting), [.. fitting.Select(tuple => tuple.Label)]);
    }

    /// <param name="run">Of the fusion that ships.</param>
    /// <param name="fitting">Tuples of the validation part, on which its temperature is fitted.</param>
    /// <returns>Null where the run has none, as those of before.</returns>
    public static AttentionRival? Of(RunFolder run, IReadOnlyList<EvidenceTuple> fitting)
    {
        var rival = new RunFolder(run.FilePath(TrainFusion.AttentionFolder));
        return File.Exists(rival.Best)
            ? new AttentionRival(new TrainedFusion(spec => new AttentionFusion(spec), rival.ReadJson<FusionNetworkSpec>(TrainFusion.NetworkFile), rival), fitting)
            : null;
    }

    public IReadOnlyList<float[]> Answers(IReadOnlyList<EvidenceTuple> tuples) =>
        [.. _trained.Answers(tuples).Select(posterior => TemperatureScaling.Apply(posterior, _temperature))];
}
