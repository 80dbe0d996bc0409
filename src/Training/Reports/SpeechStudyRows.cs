using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Studies;

namespace Emotion.Training.Reports;

/// <summary>Which rows of the speech study the report is about, by name.</summary>
public static class SpeechStudyRows
{
    /// <summary>ResNet-18 on MFCC alone.</summary>
    public const string Main = "mfcc-resnet18";

    /// <summary>The same with the frozen encoder beside it.</summary>
    public const string Best = "two-branch";

    /// <summary>Labels of training and validation shuffled within each actor: nothing is left to learn.</summary>
    public const string Shuffled = "shuffled-labels";

    /// <summary>Leaks: the same actors in all parts.</summary>
    public const string RandomSplit = "random-split";
    public const string SentenceHeldOut = "sentence-held-out";
    public const string RivalBase = "rival-resnet18-15";
    public const string AblationBase = "ablation-base";
    public const string RivalPrefix = "rival-", AblationPrefix = "ablation-";

    /// <summary>In the name of a row that repeats another with a seed of its own: <c>mfcc-resnet18-second-seed</c>.</summary>
    private const string SeedInfix = "-seed";

    private static readonly string[] Always = [Main, Best, Shuffled, RandomSplit, SentenceHeldOut, RivalBase, "rival-resnext50-15", "rival-resnet101-15", AblationBase];

    /// <summary>Rows whose answers are kept as CSV, so that what the report says of them can be computed without corpus or runs.</summary>
    public static IReadOnlyList<string> Published { get; } = [Main, Best, Shuffled, RandomSplit, SentenceHeldOut];

    /// <summary>What was to be run on a machine like the author's: the rows that the report needs, and those of the study that are not of its full grid.</summary>
    public static IReadOnlyList<string> Planned(StudySpec study) => [.. Always.Union(study.Rows.Where(row => !row.Full).Select(row => row.Name))];

    /// <summary>Rows that have no table of their own.</summary>
    public static bool IsFurther(string name) =>
        !Published.Contains(name) && !name.StartsWith(RivalPrefix, StringComparison.Ordinal) && !name.StartsWith(AblationPrefix, StringComparison.Ordinal)
        && !IsRepetition(name);

    public static bool IsRepetition(string name) => name.Contains(SeedInfix, StringComparison.Ordinal);

    /// <summary>The row that a repetition repeats: the one whose name its own begins with, else one that changes the recipe in the same way.</summary>
    public static SpeechRow? RepeatedBy(SpeechRuns runs, SpeechRow repetition)
    {
        var rows = runs.Rows.Values.Where(row => !IsRepetition(row.Name)).ToList();
        return rows.FirstOrDefault(row => repetition.Name.StartsWith(row.Name + "-", StringComparison.Ordinal))
            ?? rows.FirstOrDefault(row => JsonNode.DeepEquals(row.Cells[0].Facts.Patch, repetition.Cells[0].Facts.Patch));
    }

    public static IReadOnlyList<SpeechRow> Starting(SpeechRuns runs, string prefix) =>
        [.. runs.Rows.Values.Where(row => row.Name.StartsWith(prefix, StringComparison.Ordinal))];
}
