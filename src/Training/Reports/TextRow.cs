using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
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
    /// <summary>What is said of the dev parts; decisions are of these.</summary>
    public required TextJudgement Dev { get; init; }

    /// <summary>SHA-256 of the classifier's graph.</summary>
    public required string Classifier { get; init; }

    public required TranscriptionSource Hears { get; init; }

    public bool WithMeld => Recipe.Corpora.Contains("meld");

    public double Megabytes => Bytes / 1e6;

    /// <exception cref="ArgumentException">The package has no classifier, or one of an unknown recipe.</exception>
    public static async Task<TextRow> OfAsync(string name, ModelPackage package, DataRoot data, CancellationToken cancellationToken)
    {
        await using var model = TextModel.Load(package, PackageFolder.OneThread);
        var classifier = model.Classifier ?? throw new ArgumentException($"{package.Name}/{package.Version} has no classifier: there is nothing to report.");
        var recipe = RecipeFile.FromJson<TextRecipe>(package.Manifest.Recipe);
        var graph = package.Manifest.Graph(TextModel.ClassifierRole).File;
        return new TextRow(
            name, package.Version, package.Manifest.GitCommit, recipe, classifier.Spec,
            (double?)package.Manifest.Metrics["temperature"] ?? double.NaN,
            new FileInfo(package.PathOf(graph)).Length + new FileInfo(package.PathOf(WordPieces.FileName)).Length,
            new TextWorth(ServedText.Judge(classifier, data, "test", cancellationToken), classifier.Spec),
            SentenceLeak.Of(classifier, SentenceLeak.Recordings(data)))
        {
            Dev = ServedText.Judge(classifier, data, "dev", cancellationToken),
            Classifier = package.Manifest.Files[graph],
            Hears = TranscriptionSource.Of(package),
        };
    }

    public JsonObject ToJson()
    {
        var json = Worth.ToJson();
        json.Insert(0, "row", Name);
        json["ece"] = SpeechFigures.Rounded(Worth.Ece);
        json["ms_per_sentence"] = Math.Round(Worth.Judgement.MedianMilliseconds, 3);
        json["threads"] = PackageFolder.TimedThreads;
        json["load_average_of_times"] = Worth.Judgement.Loads();
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

/// <summary>A package that the report leaves out.</summary>
public sealed record UnreadableRival(string Name, string Why);
