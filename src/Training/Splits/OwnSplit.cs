using System.Text;
using Emotion.Training.Datasets;

namespace Emotion.Training.Splits;

/// <summary>
/// The subjects of a corpus of one's own, each in one part, as <see cref="SubjectSplit"/> has it: from the name alone, so that a corpus that grows keeps its
/// people where they are. Only where that would leave a part empty does the nearest one by that order go there.
/// </summary>
public static class OwnSplit
{
    /// <summary>Subjects that a corpus needs.</summary>
    public const int Fewest = 3;

    public const string Description = SubjectSplit.Description + "; the nearest where a part would be empty";

    /// <returns>The part of each subject; none where there are fewer than <see cref="Fewest"/>.</returns>
    public static IReadOnlyDictionary<string, SubjectPart> Of(IEnumerable<string> subjects)
    {
        // Test before validation before training, as the rule's digits are.
        var order = subjects.OrderBy(Rank).ThenBy(subject => DataDigest.Of(Encoding.UTF8.GetBytes(subject)), StringComparer.Ordinal).ToList();
        if (order.Count < Fewest)
        {
            return new Dictionary<string, SubjectPart>();
        }

        var test = Math.Clamp(order.Count(subject => SubjectSplit.PartOf(subject) == SubjectPart.Test), 1, order.Count - 2);
        var validation = Math.Clamp(order.Count(subject => SubjectSplit.PartOf(subject) == SubjectPart.Validation), 1, order.Count - test - 1);
        return order.Select((subject, place) => (subject, Part: place < test ? SubjectPart.Test
            : place < test + validation ? SubjectPart.Validation : SubjectPart.Training)).ToDictionary(one => one.subject, one => one.Part, StringComparer.Ordinal);
    }

    private static int Rank(string subject) => SubjectSplit.PartOf(subject) switch
    {
        SubjectPart.Test => 0,
        SubjectPart.Validation => 1,
        _ => 2,
    };
}
