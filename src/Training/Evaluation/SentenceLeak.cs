using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// What the words of RAVDESS tell of its emotions, which is nothing: two sentences, each said as often in every emotion. Whatever is answered to them, the mean recall is
/// one in eight; anything else is a leak.
/// </summary>
/// <param name="Posteriors">Of each sentence, in the order of their numbers.</param>
/// <param name="Scores">Of all recordings, their sentences read.</param>
public sealed record SentenceLeak(IReadOnlyDictionary<string, float[]> Posteriors, Scores Scores)
{
    public const double Chance = 1.0 / EmotionLabels.Count;

    /// <summary>Of a manifest.</summary>
    public const string Member = "ravdess_text";

    /// <param name="classifier">As served.</param>
    /// <param name="recordings">Names such as <c>03-01-08-02-01-01-19</c>.</param>
    public static SentenceLeak Of(TextClassifier classifier, IEnumerable<string> recordings)
    {
        var said = recordings.Order(StringComparer.Ordinal).Select(name => (Ravdess.Parse(name).Label, Statement: TranscriptionTest.Statement(name))).ToList();
        // Each sentence is read twice: were the answer not the same, it would come from something else than the words.
        var posteriors = said.Select(one => one.Statement).Distinct().ToDictionary(statement => statement, statement =>
        {
            var posterior = classifier.Classify(statement)!.Posterior;
            return posterior.SequenceEqual(classifier.Classify(statement)!.Posterior)
                ? posterior : throw new InvalidOperationException("The classifier answers differently to the same sentence.");
        });
        return new SentenceLeak(posteriors, Scores.Of([.. said.Select(one => posteriors[one.Statement])], [.. said.Select(one => one.Label)]));
    }

    public JsonObject ToJson() => new() { ["n"] = Scores.Count, ["uar"] = Scores.Uar };

    /// <summary>The names of the corpus's recordings; none is decoded.</summary>
    public static IReadOnlyList<string> Recordings(DataRoot data) =>
        [.. Directory.EnumerateFiles(data.Corpus("ravdess", "speech"), "*.flac", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file))];
}
