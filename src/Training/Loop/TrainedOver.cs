using Emotion.Training.Datasets;

namespace Emotion.Training.Loop;

/// <summary>
/// Which trained network a run stands on: kept beside the run as <c>trained-over.json</c>, so that neither its next epochs nor its export take
/// another one for it.
/// </summary>
/// <param name="Weights">SHA-256 of the other run's <c>best.weights</c>.</param>
public sealed record TrainedOver(string Weights)
{
    public const string FileName = "trained-over.json";

    /// <summary>Notes it in a run without an epoch; one with some must stand on these weights.</summary>
    /// <exception cref="ArgumentException">The run stands on other weights, or does not say on which.</exception>
    public static void Begin(RunFolder run, RunFolder other)
    {
        if (run.Epochs > 0)
        {
            Require(run, other);
        }
        else
        {
            run.WriteJson(FileName, Of(other));
        }
    }

    /// <exception cref="ArgumentException">The run stands on other weights, or does not say on which.</exception>
    public static void Require(RunFolder run, RunFolder other)
    {
        var folder = run.FilePath("");
        if (!run.Has(FileName))
        {
            throw new ArgumentException($"'{folder}' does not say which network it was trained over: train it again.");
        }

        if (run.ReadJson<TrainedOver>(FileName) != Of(other))
        {
            throw new ArgumentException(
                $"'{folder}' was trained over other weights than those of '{other.FilePath("")}': give the run that it was trained over, or train it again in another folder.");
        }
    }

    private static TrainedOver Of(RunFolder other)
    {
        if (!File.Exists(other.Best))
        {
            throw new ArgumentException($"'{other.FilePath("")}' has no trained network yet.");
        }

        return new(DataDigest.Of(File.ReadAllBytes(other.Best)));
    }
}
