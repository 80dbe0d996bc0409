using System.Text.Json;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests;

/// <summary>What <c>models/</c> holds: the release that a fresh start serves.</summary>
public class ShippedModelsTests
{
    private static readonly string Models = Path.Combine(DataRoot.RepositoryRoot(), "models");

    [Theory]
    [InlineData("audio")]
    [InlineData("video")]
    [InlineData("text")]
    [InlineData("fusion")]
    public async Task Package_OfTheRelease_PassesItsGoldenExampleAndSaysItsTerms(string name)
    {
        var package = await OpenAsync(name);

        await (name switch
        {
            "audio" => GoldenAsync<AudioModel>(package),
            "video" => GoldenAsync<VideoModel>(package),
            "text" => GoldenAsync<TextModel>(package),
            _ => GoldenAsync<FusionModel>(package),
        });
        Assert.False(package.Manifest.License.AllowsCommercialUse);
        Assert.NotEmpty(package.Manifest.Datasets);
        Assert.Matches("^[0-9a-f]{40}$", package.Manifest.GitCommit);
    }

    [Fact]
    public async Task AudioPackage_SplitOfItsRecipe_HoldsOutTestAndValidationActorsAndTheOnesOfFusion()
    {
        var split = RecipeFile.FromJson<AudioRecipe>((await OpenAsync("audio")).Manifest.Recipe).Split;
        var fusion = RecipeFile.FromJson<FusionRecipe>((await OpenAsync("fusion")).Manifest.Recipe);
        var recordings = Enumerable.Range(1, Ravdess.Actors).Select(actor => new SpeechRecording("", 0, actor, [])).ToList();

        var parts = SpeechSplit.Of(recordings, split, [1, 11, 20, 21]);

        Assert.Equal(1, split.TestFold);
        Assert.Equal([8, 19], split.ValidationActors);
        Assert.Equal(18, parts.Training.Count);
        Assert.DoesNotContain(parts.Training, recording => recording.Subject is 1 or 11 or 20 or 21 or 8 or 19);
        Assert.All(fusion.TrainingActors!.Concat(fusion.ValidationActors!), actor => Assert.Contains(actor, split.ValidationActors));
    }

    [Fact]
    public async Task AudioPackage_AsShipped_IsBothBranchesInIntegersWithVoiceActivity()
    {
        var package = await OpenAsync("audio");
        var manifest = package.Manifest;

        Assert.Equal(["classifier", "encoder", "voice-activity"], manifest.Graphs.Select(graph => graph.Role).Order());
        Assert.Equal("int8", (string)manifest.Metrics["precision"]!);
        Assert.InRange(new FileInfo(package.PathOf(manifest.Graphs.Single(graph => graph.Role == "classifier").File)).Length, 1, 12 << 20);
        Assert.Contains("each heard by the network of the fold", (string)manifest.Metrics["temperatureFittedOn"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("audio", "RAVDESS speech")]
    [InlineData("video", "FER2013", "CK+48", "CK+ full sequences")]
    [InlineData("text", "goemotions", "meld")]
    public async Task Package_OfTheRelease_NamesItsCorporaAndTheSplitsOfThisCode(string name, params string[] corpora)
    {
        var speech = SpeechSplit.Describe(RecipeFile.FromJson<AudioRecipe>((await OpenAsync("audio")).Manifest.Recipe).Split, [1, 11, 20, 21]);

        var datasets = (await OpenAsync(name)).Manifest.Datasets;

        Assert.Equal(corpora, datasets.Select(dataset => dataset.Name));
        Assert.All(datasets, dataset => Assert.Equal(
            dataset.Name switch { "RAVDESS speech" => speech, "FER2013" => FaceSplit.Description, "goemotions" or "meld" => TextCorpora.Split, _ => SubjectSplit.Description },
            dataset.Split));
        Assert.All(datasets, dataset => Assert.Matches("^[0-9a-f]{64}$", dataset.Digest));
    }

    [Fact]
    public async Task FusionPackage_OfTheRelease_NamesTheCorporaOfAllThatItWasTrainedOn()
    {
        var fusion = (await OpenAsync("fusion")).Manifest;
        var expected = new List<DatasetManifest>();
        foreach (var name in UpstreamPackages.Names.Where(fusion.TrainedOn.ContainsKey))
        {
            expected.AddRange((await OpenAsync(name)).Manifest.Datasets.Select(dataset => name == "text" ? dataset with { Split = TextSplit.Description } : dataset));
        }

        Assert.Equal(expected, fusion.Datasets);
        Assert.Equal(fusion.TrainedOn.Keys.Order(), fusion.FrontEnd.Deserialize<FusionSpec>(RegistryJson.Options)!.Modalities.Order());
    }

    [Fact]
    public async Task Release_AsShipped_IsCoherentAndReachesItsFloors()
    {
        var release = await ReleaseAsync();
        var fusion = await OpenAsync("fusion");

        Assert.All(fusion.Manifest.TrainedOn, pair => Assert.Equal(release.Models[pair.Key], pair.Value));
        Assert.True(Figure(await OpenAsync("audio"), "uar") >= 0.68);
        Assert.True(Figure(await OpenAsync("video"), "wa") >= 0.66);
        Assert.True(fusion.Manifest.Metrics["test"]!["drawn"]!.GetValue<bool>());
        var text = await OpenAsync("text");
        Assert.True((double)text.Manifest.Metrics["goemotions_ekman"]!["macro_f1"]! >= 0.50);
        Assert.True((double)text.Manifest.Metrics["meld"]!["weighted_f1"]! >= 0.50);
        Assert.All((string[])["goemotions", "meld"], corpus => Assert.InRange((double)text.Manifest.Metrics[corpus]!["eceEqualMass"]!, 0, 0.05));
        Assert.Equal(0.125, (double)text.Manifest.Metrics["ravdess_text"]!["uar"]!);
        Assert.InRange(new FileInfo(text.PathOf(text.Manifest.Graph("classifier").File)).Length, 1, 12_000_000);
        var bytes = Directory.EnumerateFiles(Models, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.InRange(bytes, 1, 90_000_000);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task AudioPackage_JudgedAnewOnItsTestActors_HasTheFiguresOfItsManifest()
    {
        var package = await OpenAsync("audio");
        var corpora = DataRoot.FromEnvironment();
        var folder = Directory.CreateTempSubdirectory("emotion-fold-");
        try
        {
            // The test's actors alone: the other 1200 recordings would be decoded for nothing.
            var speech = folder.CreateSubdirectory("ravdess").CreateSubdirectory("speech");
            File.Copy(corpora.Corpus("ravdess", "folds.csv"), Path.Combine(folder.FullName, "ravdess", "folds.csv"));
            foreach (var actor in Ravdess.TestActors(corpora, 1).Select(number => $"Actor_{number:00}"))
            {
                Directory.CreateSymbolicLink(Path.Combine(speech.FullName, actor), corpora.Corpus("ravdess", "speech", actor));
            }

            var reports = new List<string>();
            var data = new DataRoot(folder.FullName, Path.Combine(folder.FullName, "cache"));
            var result = await PackageFigures.VerifyAsync(data, package, Models, reports.Add, TestContext.Current.CancellationToken);

            Assert.True(result == 0, string.Join('\n', reports));
            Assert.Equal(2, reports.Count);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Figure(ModelPackage package, string name) => package.Manifest.Metrics["test"]![name]!.GetValue<double>();

    private static async Task GoldenAsync<TModel>(ModelPackage package) where TModel : class, IServableModel<TModel>
    {
        await using var model = TModel.Load(package, PackageFolder.Runtime);
        await GoldenExample.VerifyAsync(model, TestContext.Current.CancellationToken);
    }

    private static async Task<ModelPackage> OpenAsync(string name) => await ModelPackage.OpenAsync(
        Path.Combine(Models, name, (await ReleaseAsync()).Models[name]), TestContext.Current.CancellationToken);

    private static async Task<ReleaseManifest> ReleaseAsync()
    {
        await using var file = File.OpenRead(Path.Combine(Models, RegistrySeeder.ReleaseFile));
        return (await JsonSerializer.DeserializeAsync<ReleaseManifest>(file, RegistryJson.Options, TestContext.Current.CancellationToken))!;
    }
}
