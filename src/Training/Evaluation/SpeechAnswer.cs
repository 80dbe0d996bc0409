using Emotion.Training.Datasets;
using Emotion.Training.Studies;

namespace Emotion.Training.Evaluation;

/// <summary>What a speech model says of one recording of RAVDESS that it was not trained on.</summary>
/// <param name="Fold">Whose test part the recording is in, 1 to 6.</param>
/// <param name="Recording">File name without its ending: <c>03-01-08-02-01-01-19</c>.</param>
/// <param name="Label">True label.</param>
/// <param name="Posterior"><c>[8]</c>, adds up to 1.</param>
public sealed record SpeechAnswer(int Fold, string Recording, int Label, float[] Posterior)
    : GroupedAnswer(Ravdess.Parse(Recording).Subject, Label, Posterior)
{
    public int Actor => Group;

    /// <summary>RAVDESS's odd actors are men, its even ones women.</summary>
    public string Gender => Actor % 2 == 1 ? "male" : "female";

    /// <summary>The fourth field of the name; neutral was recorded at normal intensity alone.</summary>
    public string Intensity => Recording.Split('-')[3] == "02" ? "strong" : "normal";
}

/// <summary>
/// Answers pooled over the folds' test parts as a file: <see cref="CellPosteriors"/>, whose <c>part</c> names the fold, <c>fold-1</c> to <c>fold-6</c>. Six decimals
/// are what a cell's own file has, and single precision keeps them, so that both give the same figures.
/// </summary>
public static class PooledAnswers
{
    private const string Part = "fold-";

    public static IReadOnlyList<SpeechAnswer> Read(string path) => InOrder(CellPosteriors.Read(path).Select(row =>
        row.Part.StartsWith(Part, StringComparison.Ordinal) && int.TryParse(row.Part[Part.Length..], out var fold)
            ? Of(row, fold) : throw new CorpusException($"'{path}': '{row.Part}' is no fold.")));

    public static void Write(string path, IEnumerable<SpeechAnswer> answers) => CellPosteriors.Write(
        path, InOrder(answers).Select(answer => new CellPosterior(Part + answer.Fold, answer.Recording, answer.Label, answer.Posterior)));

    /// <summary>One part of a cell.</summary>
    internal static IReadOnlyList<SpeechAnswer> PartOf(IEnumerable<CellPosterior> rows, string part, int fold) =>
        InOrder(rows.Where(row => row.Part == part).Select(row => Of(row, fold)));

    private static SpeechAnswer Of(CellPosterior row, int fold) => new(fold, row.Recording, row.Label, row.Posterior);

    private static SpeechAnswer[] InOrder(IEnumerable<SpeechAnswer> answers) => [.. answers.OrderBy(answer => answer.Recording, StringComparer.Ordinal)];
}
