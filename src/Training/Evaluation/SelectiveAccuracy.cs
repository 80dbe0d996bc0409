using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>What answers are worth if the unsure ones are left out (El-Yaniv and Wiener 2010).</summary>
/// <param name="Coverage">Share of the answers that is kept.</param>
/// <param name="Accuracy">Share of those that is right; not a number where none is kept.</param>
/// <param name="Interval">Of it, 95 %, Wilson's.</param>
public sealed record SelectiveAccuracy(int Count, double Coverage, double Accuracy, Interval Interval)
{
    /// <summary>Of answers whose prediction has at least <paramref name="threshold"/>, which is what is not called uncertain.</summary>
    public static SelectiveAccuracy Above(Judged judged, float threshold) => Of(judged, [.. Answers(judged).Where(answer => answer.Sure >= threshold)]);

    /// <summary>Of the surest answers that make up a share of all.</summary>
    public static SelectiveAccuracy At(Judged judged, double coverage) =>
        Of(judged, [.. Answers(judged).OrderByDescending(answer => answer.Sure).Take((int)Math.Round(coverage * judged.Labels.Count))]);

    public JsonObject ToJson() => new()
    {
        ["n"] = Count,
        ["coverage"] = Math.Round(Coverage, 4),
        ["accuracy"] = double.IsNaN(Accuracy) ? null : Math.Round(Accuracy, 4),
        ["accuracyInterval95"] = new JsonArray(Math.Round(Interval.Low, 4), Math.Round(Interval.High, 4)),
    };

    private static IEnumerable<(float Sure, bool Hit)> Answers(Judged judged) => judged.Posteriors.Select((posterior, i) =>
    {
        var prediction = Scores.Prediction(posterior, judged.Covered);
        return (posterior[prediction], prediction == judged.Labels[i]);
    });

    private static SelectiveAccuracy Of(Judged judged, IReadOnlyList<(float Sure, bool Hit)> kept)
    {
        var hits = kept.Count(answer => answer.Hit);
        return new SelectiveAccuracy(
            kept.Count, kept.Count / (double)Math.Max(1, judged.Labels.Count), hits / (double)kept.Count, WilsonInterval.Of(hits, kept.Count));
    }
}
