using System.Text.Json.Nodes;

namespace Emotion.Training.Studies;

/// <summary>A grid of trainings: what is compared with what, each row one change of a recipe.</summary>
/// <param name="Rows">In the order in which they are trained.</param>
public sealed record StudySpec(IReadOnlyList<StudyRow> Rows);

/// <param name="Name">Of the row, and of its folder.</param>
/// <param name="What">For the reader of the table.</param>
/// <param name="Recipe">The shipped recipe that the row starts from.</param>
/// <param name="Patch">What it changes there, as a JSON merge patch (RFC 7396).</param>
/// <param name="Folds">Outer folds, 1 to 6.</param>
/// <param name="Seed">Of its trainings.</param>
/// <param name="Full">Only run when asked for the full grid: more than two cores carry in an evening.</param>
public sealed record StudyRow(string Name, string What, string Recipe, JsonObject Patch, IReadOnlyList<int> Folds, int Seed, bool Full)
{
    /// <summary>
    /// A row whose cells are trained before: this one's are second branches beside them, and its recipe is one of second branches. Null for a
    /// row of networks.
    /// </summary>
    public string? Beside { get; init; }
}

/// <summary>RFC 7396.</summary>
public static class MergePatch
{
    /// <returns>A copy of <paramref name="target"/> with the patch applied; null removes a member.</returns>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject original ? (JsonObject)original.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name], change);
            }
        }

        return result;
    }
}
