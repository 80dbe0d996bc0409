using System.Text.Json.Nodes;

namespace Emotion.Training.Evaluation;

/// <summary>Answers of a served model on labelled examples.</summary>
/// <param name="Set">What they are, for people.</param>
/// <param name="Labels">True labels.</param>
/// <param name="Posteriors">A row for each example; an abstention is uniform, which is what it says.</param>
/// <param name="Covered">Labels that may be predicted; null for all.</param>
public sealed record Judged(string Set, IReadOnlyList<int> Labels, IReadOnlyList<float[]> Posteriors, bool[]? Covered)
{
    /// <summary>Who is shown, by example: intervals then are over people, whose examples are alike. Null for over the examples.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }

    public Scores Scores { get; } = Scores.Of(Posteriors, Labels, Covered);

    public JsonObject ToJson()
    {
        var (uarLow, uarHigh) = Bootstrap.Interval(this, Scores.UarOf);
        var (waLow, waHigh) = Bootstrap.Interval(this, Scores.WaOf);
        var json = new JsonObject { ["set"] = Set };
        foreach (var (name, value) in Scores.ToJson())
        {
            json[name] = value?.DeepClone();
        }

        json["uarInterval95"] = new JsonArray(Math.Round(uarLow, 4), Math.Round(uarHigh, 4));
        json["waInterval95"] = new JsonArray(Math.Round(waLow, 4), Math.Round(waHigh, 4));
        if (Subjects is not null)
        {
            json["subjects"] = Subjects.Distinct().Count();
        }

        return json;
    }
}
