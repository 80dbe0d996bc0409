using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Audio;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>What a text package holds: speech to text, taken over from npm, and the classifier that was trained here.</summary>
public static class TextPackage
{
    /// <summary>Of a classifier, at most: its graph and its pieces. Speech to text, which is npm's, is not counted.</summary>
    public const double MostMegabytes = 12;

    internal static readonly string DecoderFile = Path.Combine(Path.GetDirectoryName(EncoderGraph.FileName)!, "decoder_model_merged.onnx");

    /// <summary>Fills the folder with voice activity, encoder, decoder and vocabulary.</summary>
    public static ModelManifest Add(PackageFolder folder, TextSpec spec)
    {
        folder.Add(SubwordVocabulary.FileName, LlamaVocabulary.Read());
        return new ModelManifest
        {
            Name = TextModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs =
            [
                SoundGraphs.AddVoiceActivity(folder),
                folder.Add(TextModel.EncoderRole, "encoder.onnx", NpmGraph.Read(EncoderGraph.FileName)),
                folder.Add(TextModel.DecoderRole, "decoder.onnx", NpmGraph.Read(DecoderFile)),
            ],
            Labels = EmotionLabels.Names,
            CoveredLabels = [],
            FrontEnd = PackageFolder.Json(spec),
            Recipe = PackageFolder.Json(spec),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [],
            Metrics = [],
            License = Licences.Transcriber,
        };
    }

    /// <summary>A package with the classifier of a run, or, without a run, one that only writes down what is said.</summary>
    /// <returns>The version.</returns>
    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder? run, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var spec = RecipeFile.Read<TextSpec>("text");
        using var folder = new PackageFolder(output);
        var transcriber = Add(folder, spec);
        if (run is null)
        {
            return await folder.FinishAsync<TextModel>(transcriber, cancellationToken);
        }

        var recipe = run.ReadJson<TextRecipe>(RunFolder.RecipeName);
        var epochs = run.IsTrained(recipe.Training.Epochs) ? run.Epochs : throw new ArgumentException(
            $"The run has {run.Epochs} of {recipe.Training.Epochs} epochs: give `train text` the same --run again, and it goes on to the end.");
        var pieces = File.ReadAllBytes(run.FilePath(WordPieces.FileName));
        RequireSize(pieces.Length + Graph(run, temperature: 1).CalculateSize());
        folder.Add(WordPieces.FileName, pieces);
        TextSpec Spec(IEnumerable<double> thresholds) =>
            spec with { Classifier = new TextClassifierSpec { MaximumPieces = recipe.MaximumPieces, Thresholds = [.. thresholds] } };
        ModelManifest Draft(double temperature, TextSpec front) => transcriber with
        {
            Graphs = [.. transcriber.Graphs, folder.Add(TextModel.ClassifierRole, "classifier.onnx", Graph(run, temperature))],
            CoveredLabels = [.. CorpusLabels.GoEmotions.Covered],
            FrontEnd = PackageFolder.Json(front),
            Recipe = RecipeFile.ToJson(recipe),
            Datasets = [.. recipe.Corpora.Select(corpus => new DatasetManifest(corpus, TextCorpora.Digest(data, corpus), TextCorpora.Split))],
            License = Licences.Text(recipe.Corpora, recipe.Vectors),
        };
        Task<TextJudgement> JudgeAsync(ModelManifest draft, string part) => folder.TryAsync<TextModel, TextJudgement>(
            draft, model => Task.FromResult(ServedText.Judge(model.Classifier!, data, part, cancellationToken)), cancellationToken, PackageFolder.OneThread);

        var plain = await JudgeAsync(Draft(1, Spec(Enumerable.Repeat(0.5, EmotionLabels.Count))), "dev");
        var calibrating = recipe.Corpora.Contains("meld") ? new[] { plain.GoEmotions, plain.Meld } : [plain.GoEmotions];
        // Comments are many times as many as lines of talk: both are to mean what they say.
        var temperature = TemperatureScaling.FitAlike([.. calibrating.Select(part => (part.Posteriors, part.Labels))]);
        // Nothing carries a label that is not covered: its threshold is above all probabilities.
        var front = Spec(TextFigures.SteadyThresholds(plain.Each, plain.Carried).Select(threshold => Math.Min(threshold, 2.0)));
        var draft = Draft(temperature, front);
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify text",
            ["temperature"] = Math.Round(temperature, 4),
            ["corpora"] = new JsonArray([.. recipe.Corpora.Select(corpus => (JsonNode)corpus)]),
            ["epochs"] = epochs,
            [TrainText.VectorsMember] = TrainText.GivenVectors(recipe, run),
            [SentenceLeak.Member] = await folder.TryAsync<TextModel, JsonObject>(
                draft, model => Task.FromResult(SentenceLeak.Of(model.Classifier!, SentenceLeak.Recordings(data)).ToJson()), cancellationToken),
        };
        foreach (var (name, value) in (await JudgeAsync(draft, "test")).ToJson(front.Classifier!))
        {
            metrics[name] = value?.DeepClone();
        }

        if (metrics[TrainText.VectorsMember] is { } given && given["sha256"] is null)
        {
            report($"the run did not write down its word vectors' digest, and {given["package"]} is not installed: the manifest is without it");
        }

        report($"GoEmotions {metrics["goemotions_ekman"]!.ToJsonString()}; MELD weighted F1 {metrics["meld"]!["weighted_f1"]}");
        return await folder.FinishAsync<TextModel>(draft with { Metrics = metrics }, cancellationToken);
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    /// <exception cref="ArgumentException">It only writes down what is said.</exception>
    public static async Task<(TextJudgement Judgement, TextClassifierSpec Spec, SentenceLeak Leak)> JudgeAsync(
        DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        await using var model = TextModel.Load(package, PackageFolder.OneThread);
        return model.Classifier is { } classifier
            ? (ServedText.Judge(classifier, data, "test", cancellationToken), classifier.Spec, SentenceLeak.Of(classifier, SentenceLeak.Recordings(data)))
            : throw new ArgumentException($"{package.Name}/{package.Version} has no classifier: evaluate transcription says what it is worth.");
    }

    /// <exception cref="ArgumentException">It is too large.</exception>
    internal static void RequireSize(long bytes)
    {
        if (bytes > MostMegabytes * 1e6)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The classifier has {bytes / 1e6:F2} MB; {MostMegabytes:F0} are allowed: make pieces, words, width, readers or pairs of its recipe fewer."));
        }
    }

    private static Proto.ModelProto Graph(RunFolder run, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = new TextNetwork(run.ReadJson<TextNetworkSpec>(TrainText.NetworkFile));
        network.load(run.Best);
        network.eval();
        return HalfWeights.Apply(TextGraph.Write(network, new ClassifierHead(temperature, TrainText.Covered)));
    }

    /// <summary>
    /// Lets <paramref name="use"/> work with the newest text package, as serving runs it but on one thread; where there is none, with the recipe's transcriber, which has no classifier.
    /// </summary>
    /// <param name="packages">Folder of packages.</param>
    public static async Task<T> ServedAsync<T>(string packages, Func<TextModel, Task<T>> use, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(packages, TextModel.ModelName)))
        {
            return await TryAsync(use, cancellationToken);
        }

        await using var model = TextModel.Load(await PackageFolder.NewestAsync(packages, TextModel.ModelName, cancellationToken), PackageFolder.OneThread);
        return await use(model);
    }

    /// <summary>Lets <paramref name="use"/> work with the shipped recipe's transcriber, as serving runs it but on one thread.</summary>
    public static async Task<T> TryAsync<T>(Func<TextModel, Task<T>> use, CancellationToken cancellationToken)
    {
        var output = Directory.CreateTempSubdirectory("emotion-text-").FullName;
        try
        {
            using var folder = new PackageFolder(output);
            return await folder.TryAsync(Add(folder, RecipeFile.Read<TextSpec>("text")), use, cancellationToken, PackageFolder.OneThread);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }
}
