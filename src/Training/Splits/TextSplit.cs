using System.Security.Cryptography;
using System.Text;
using Emotion.Training.Datasets;

namespace Emotion.Training.Splits;

/// <summary>
/// Texts of one label that no text network ever trained on, for fusion. The network's epoch, thresholds and temperature were chosen on the dev
/// parts: on these its posteriors are a little surer of the truth than on others. The test parts had no say in anything.
/// </summary>
/// <param name="Training">About half of the dev parts.</param>
/// <param name="Validation">The other half.</param>
public sealed record TextSplit(IReadOnlyList<LabelledText> Training, IReadOnlyList<LabelledText> Validation, IReadOnlyList<LabelledText> Test)
{
    public const string Description =
        "the corpus's own train, dev and test, of which fusion takes texts of one label: its training and validation are halves of dev, by the hash of a MELD dialogue's "
        + "number and of a comment's text; test for the test figure only; without words that a part before them has (the text network's train, then test, validation)";

    /// <param name="learned">The text network's training part.</param>
    public static TextSplit Of(IEnumerable<LabelledText> learned, IEnumerable<LabelledText> dev, IEnumerable<LabelledText> test)
    {
        var known = learned.Select(Words).ToHashSet();
        var judging = Fresh(test, known);
        known.UnionWith(judging.Select(Words));
        var halves = dev.ToLookup(IsOfTraining);
        var validation = Fresh(halves[false], known);
        known.UnionWith(validation.Select(Words));
        return new TextSplit(Fresh(halves[true], known), validation, judging);
    }

    // People say "what?" and "oh my God!" again and again: words that were seen with a label are not new for being said elsewhere.
    private static List<LabelledText> Fresh(IEnumerable<LabelledText> texts, HashSet<string> known) =>
        [.. texts.Where(text => text.Labels.Count == 1 && !known.Contains(Words(text)))];

    // Lines of one dialogue answer each other; a comment stands for itself.
    private static bool IsOfTraining(LabelledText text)
    {
        var together = text.Corpus == Features.CorpusLabels.Meld ? text.Group : Words(text);
        return (SHA256.HashData(Encoding.UTF8.GetBytes($"{text.Corpus.Corpus} {together}"))[0] & 1) == 0;
    }

    private static string Words(LabelledText text) => string.Join(' ', text.Text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
