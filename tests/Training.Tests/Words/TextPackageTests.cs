using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests.Words;

/// <summary>A package out of a run over a corpus of a few lines, in the form of the real ones.</summary>
[Collection(nameof(SmallTextPackage))]
public sealed class TextPackageTests(SmallTextPackage small) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-text-package-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Export_OfARun_IsAPackageThatTellsAndVerifies()
    {
        var (data, packages) = (small.Data, small.Packages);

        var package = await PackageFolder.NewestAsync(packages, TextModel.ModelName, Token);
        await using var model = TextModel.Load(package, PackageFolder.Runtime);
        Assert.Equal(EmotionLabels.IndexOf("happy"), Winner(model, "what a lovely day 8"));
        Assert.Equal(EmotionLabels.IndexOf("sad"), Winner(model, "terrible news 7"));
        Assert.Null(model.Classifier!.Classify(" "));
        Assert.DoesNotContain("calm", package.Manifest.CoveredLabels);
        Assert.False(package.Manifest.License.AllowsCommercialUse);
        Assert.Equal(["goemotions", "meld"], package.Manifest.Datasets.Select(dataset => dataset.Name));
        Assert.Equal(20, (int?)package.Manifest.Metrics["epochs"]);
        Assert.Equal(10, (int?)package.Manifest.Metrics["meld"]!["subjects"]);
        Assert.Equal(0, await PackageFigures.VerifyAsync(data, package, packages, _ => { }, Token, _folder));
        Assert.Equal(["goemotions_ekman", "goemotions", "meld", "ravdess_text"], (await PackageFigures.EvaluateAsync(data, package, packages, Token)).Keys);
        Assert.Equal(0, await VerifiedAgainstReportAsync(data, package, packages, macro: 0));
        Assert.Equal(1, await VerifiedAgainstReportAsync(data, package, packages, macro: -0.01));

        var leak = SentenceLeak.Of(model.Classifier!, Enumerable.Range(1, 24).SelectMany(StudyFolder.Recordings));
        Assert.Equal((1440, 0.125), (leak.Scores.Count, leak.Scores.Uar));
        Assert.Equal(2, leak.Posteriors.Count);
    }

    [Fact]
    public async Task Export_OfARunThatIsNotFinished_IsRefused()
    {
        Folders.Copy(small.Run, Path.Combine(_folder, "run"));
        var run = new RunFolder(Path.Combine(_folder, "run"));
        File.WriteAllText(run.FilePath("state.json"), File.ReadAllText(run.FilePath("state.json")).Replace("\"Epoch\":20", "\"Epoch\":19"));

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => TextPackage.ExportAsync(small.Data, run, Path.Combine(_folder, "packages"), _ => { }, Token));

        Assert.Contains("19 of 20 epochs", refused.Message);
    }

    [Fact]
    public void Size_OfAClassifier_IsAtMostTwelveMegabytes()
    {
        TextPackage.RequireSize(12_000_000);
        Assert.Contains("12.01 MB", Assert.Throws<ArgumentException>(() => TextPackage.RequireSize(12_010_000)).Message);
    }

    [Fact]
    public void Recipe_OfAnotherTime_IsRefusedAsSuch() =>
        Assert.Throws<ArgumentException>(() => RecipeFile.FromJson<TextRecipe>(new JsonObject { ["corpora"] = new JsonArray("goemotions"), ["layers"] = 2 }));

    [Fact]
    public async Task Verify_OfAPackageWhoseFiguresAreNotItsOwn_Fails()
    {
        var data = SmallTexts.Corpus(_folder);
        // The test part, as the package was never judged on: every label is the other one.
        var test = Path.Combine(_folder, "data", "text", "goemotions-test.tsv");
        File.WriteAllLines(test, File.ReadAllLines(test).Select(line => line.Contains("\t0\t") ? line.Replace("\t0\t", "\t1\t") : line.Replace("\t1\t", "\t0\t")));

        Assert.Equal(1, await PackageFigures.VerifyAsync(data, small.Package, small.Packages, _ => { }, Token, _folder));
    }

    /// <summary>Against a report that says other than the manifest by so much.</summary>
    private async Task<int> VerifiedAgainstReportAsync(DataRoot data, ModelPackage package, string packages, double macro)
    {
        var metrics = package.Manifest.Metrics;
        var report = new JsonObject
        {
            ["package"] = package.Version,
            ["goemotions_ekman"] = new JsonObject { ["macro_f1"] = (double)metrics["goemotions_ekman"]!["macro_f1"]! + macro },
            ["goemotions"] = new JsonObject { ["ece"] = (double)metrics["goemotions"]!["eceEqualMass"]! },
            ["meld"] = new JsonObject { ["ece"] = (double)metrics["meld"]!["eceEqualMass"]!, ["weighted_f1"] = (double)metrics["meld"]!["weighted_f1"]! },
            ["ravdess_text_uar"] = 0.125,
        };
        var results = Directory.CreateDirectory(Path.Combine(_folder, "results")).FullName;
        await File.WriteAllTextAsync(Path.Combine(results, "text.json"), report.ToJsonString(), Token);
        return await PackageFigures.VerifyAsync(data, package, packages, _ => { }, Token, results);
    }

    private static int Winner(TextModel model, string text)
    {
        var posterior = model.Classifier!.Classify(text)!.Posterior;
        Assert.Equal(0, posterior[EmotionLabels.IndexOf("calm")]);
        return Array.IndexOf(posterior, posterior.Max());
    }
}
