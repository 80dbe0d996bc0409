using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>A package as it came out, and what was found on the way.</summary>
public sealed record AudioExport(
    string Version, AudioRecipe Recipe, MfccSpec Spec, SpeechSplit Split, string DataDigest, double Temperature, Judged Validation, Judged Test);

/// <summary>A trained speech network to a package: graph, temperature, metrics through the serving code, golden example.</summary>
public static class AudioPackage
{
    public const string TestSet = "RAVDESS speech, test actors of the fold";

    public static async Task<AudioExport> ExportAsync(
        DataRoot data, RunFolder run, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var recipe = run.ReadJson<AudioRecipe>(RunFolder.RecipeName);
        var spec = run.ReadJson<MfccSpec>(TrainAudio.SpecFile);
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var testActors = Ravdess.TestActors(data, recipe.Split.TestFold);
        var split = SpeechSplit.Of(corpus.Recordings, recipe.Split, testActors);

        using var folder = new PackageFolder(output);
        var draft = new ModelManifest
        {
            Name = AudioModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = [folder.Add("classifier", "model.onnx", Graph(run, recipe, spec, 1)), .. SoundGraphs.Add(folder, recipe.VoiceActivity)],
            Labels = EmotionLabels.Names,
            CoveredLabels = CorpusLabels.Ravdess.Covered,
            FrontEnd = PackageFolder.Json(new AudioSpec { Mfcc = spec, VoiceActivity = recipe.VoiceActivity }),
            Recipe = RecipeFile.ToJson(recipe),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [new DatasetManifest("RAVDESS speech", corpus.Digest, SpeechSplit.Describe(recipe.Split, testActors))],
            Metrics = [],
            License = Licences.Audio,
        };
        var uncalibrated = await folder.TryAsync<AudioModel, Judged>(
            draft, model => ServedAudio.JudgeAsync(model, "validation", split.Validation, cancellationToken), cancellationToken);
        var temperature = TemperatureScaling.Fit(uncalibrated.Posteriors, uncalibrated.Labels);
        folder.Add("classifier", "model.onnx", Graph(run, recipe, spec, temperature));
        var (validation, test) = await folder.TryAsync<AudioModel, (Judged, Judged)>(draft, async model => (
            await ServedAudio.JudgeAsync(model, "RAVDESS speech, validation actors (fitted the temperature)", split.Validation, cancellationToken),
            await ServedAudio.JudgeAsync(model, TestSet, split.Test, cancellationToken)), cancellationToken);
        report($"temperature {temperature:F3}; validation {validation.Scores}");
        report($"test {test.Scores}");
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify audio",
            ["temperature"] = Math.Round(temperature, 4),
            ["test"] = test.ToJson(),
            ["validation"] = validation.ToJson(),
        };
        var version = await folder.FinishAsync<AudioModel>(draft with { Metrics = metrics }, cancellationToken);
        return new AudioExport(version, recipe, spec, split, corpus.Digest, temperature, validation, test);
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        var recipe = RecipeFile.FromJson<AudioRecipe>(package.Manifest.Recipe);
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var split = SpeechSplit.Of(corpus.Recordings, recipe.Split, Ravdess.TestActors(data, recipe.Split.TestFold));
        await using var model = AudioModel.Load(package, PackageFolder.Runtime);
        return new Dictionary<string, Judged> { ["test"] = await ServedAudio.JudgeAsync(model, TestSet, split.Test, cancellationToken) };
    }

    private static Proto.ModelProto Graph(RunFolder run, AudioRecipe recipe, MfccSpec spec, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = new SpeechNetwork(recipe, spec);
        network.load(run.Best);
        var head = new ClassifierHead(temperature, EmotionLabels.Mask(CorpusLabels.Ravdess.Covered));
        return HalfWeights.Apply(SpeechGraph.Write(network, recipe, spec, head));
    }
}
