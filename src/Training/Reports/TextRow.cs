using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Reports;

/// <summary>A text package, and what its classifier is worth on the test parts.</summary>
/// <param name="Name">Of the row.</param>
/// <param name="Recipe">That the classifier was trained by.</param>
/// <param name="Bytes">Of the classifier: its graph and its pieces.</param>
/// <param name="Leak">Its answers to RAVDESS's two sentences.</param>
public sealed record TextRow(
    string Name, string Version, string Commit, TextRecipe Recipe, TextClassifierSpec Spec, double Temperature, long Bytes, TextWorth Worth, SentenceLeak Leak)
{
    /// <summary>Bytes of a classifier, at most; speech to text, which is npm's, is not counted.</summary>
    public const double MostMegabytes = 12;

    public bool WithMeld => Recipe.Corpora.Contains("meld");

    public double Megabytes => Bytes / 1e6;

    /// <exception cref="ArgumentException">The package has no classifier.</exception>
    public static async Task<TextRow> OfAsync(string name, ModelPackage package, DataRoot data)
    {
        // One thread: a sentence is what is waited for, and other work runs beside.
        var runtime = ModelRuntime.Create(new InferenceOptions { Provider = "cpu", IntraOpThreads = 1 }, new BatchOptions());
        await using var model = TextModel.Load(package, runtime);
        var classifier = model.Classifier ?? throw new ArgumentException($"{package.Name}/{package.Version} has no classifier: there is nothing to report.");
        var graph = package.Manifest.Graphs.Single(one => one.Role == TextModel.ClassifierRole).File;
        return new TextRow(
            name, package.Version, package.Manifest.GitCommit, RecipeFile.FromJson<TextRecipe>(package.Manifest.Recipe), classifier.Spec,
            (double?)package.Manifest.Metrics["temperature"] ?? double.NaN,
            new FileInfo(package.PathOf(graph)).Length + new FileInfo(package.PathOf(WordPieces.FileName)).Length,
            new TextWorth(ServedText.Judge(classifier, data, "test"), classifier.Spec),
            SentenceLeak.Of(classifier, SentenceLeak.Recordings(data)));
    }

    public JsonObject ToJson()
    {
        var json = Worth.ToJson();
        json.Insert(0, "row", Name);
        json["ece"] = SpeechFigures.Rounded(Worth.Ece);
        json["ms_per_sentence"] = Math.Round(Worth.Judgement.MedianMilliseconds, 3);
        json["classifier_mb"] = Math.Round(Megabytes, 3);
        json["ravdess_text_uar"] = Leak.Scores.Uar;
        json["temperature"] = Temperature;
        json["thresholds"] = new JsonArray([.. Worth.Labels().Select(label => (JsonNode)Math.Round(Spec.Thresholds[label], 4))]);
        json["corpora"] = new JsonArray([.. Recipe.Corpora.Select(corpus => (JsonNode)corpus)]);
        json["package"] = Version;
        json["commit"] = Commit;
        return json;
    }
}

/// <summary>Which of two classifiers is to be shipped: MELD's licence is doubtful, so the one without it, unless it costs too much.</summary>
/// <param name="With">Learned from GoEmotions and MELD.</param>
/// <param name="Without">Learned from GoEmotions alone, else alike.</param>
public sealed record TextShipping(TextRow With, TextRow Without)
{
    /// <summary>Of either headline figure.</summary>
    public const double AllowedLoss = 0.02;

    /// <summary>Without MELD less with it.</summary>
    public (double Macro, Interval MacroInterval, double Weighted, Interval WeightedInterval) Difference { get; } = Without.Worth.Less(With.Worth);

    public bool ShipsWithout => Math.Min(Difference.Macro, Difference.Weighted) > -AllowedLoss;

    /// <returns>Null where one of them was not trained.</returns>
    public static TextShipping? Of(IReadOnlyList<TextRow> rows)
    {
        static bool Alike(TextRow row, TextRow other) => row.Recipe.Recurrent == other.Recipe.Recurrent && row.Recipe.BagWidth == other.Recipe.BagWidth;
        var with = rows.Where(row => row.WithMeld).MaxBy(row => row.Recipe.Recurrent);
        var without = rows.FirstOrDefault(row => !row.WithMeld && with is not null && Alike(row, with));
        return with is null || without is null ? null : new TextShipping(with, without);
    }

    public JsonObject ToJson(TextRow shipped) => new()
    {
        ["rule"] = "the classifier without MELD ships if both figures lose less than 2 points",
        ["macro_f1_without_less_with"] = SpeechFigures.Rounded(Difference.Macro),
        ["macro_f1_interval95"] = SpeechFigures.Pair(Difference.MacroInterval),
        ["weighted_f1_without_less_with"] = SpeechFigures.Rounded(Difference.Weighted),
        ["weighted_f1_interval95"] = SpeechFigures.Pair(Difference.WeightedInterval),
        ["ships_without_meld"] = ShipsWithout,
        ["shipped_has_meld"] = shipped.WithMeld,
    };
}
