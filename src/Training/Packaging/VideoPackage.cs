using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Augmentation;
using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Packaging;

/// <summary>Trained face networks to a package: detector, frame and sequence graph, temperatures, metrics through the serving code.</summary>
public static class VideoPackage
{
    private static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);

    public sealed record Recipes(VideoRecipe Frame, SequenceRecipe Sequence);

    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder frameRun, RunFolder sequenceRun, string precision, string output, Action<string> report, CancellationToken cancellationToken)
    {
        var recipes = new Recipes(frameRun.ReadJson<VideoRecipe>(RunFolder.RecipeName), sequenceRun.ReadJson<SequenceRecipe>(RunFolder.RecipeName));
        var fer = await Fer2013.ReadAsync(data, cancellationToken);
        var stills = FaceSplit.Of(fer);
        using var folder = new PackageFolder(output);
        GraphManifest[] Graphs(double frameTemperature, double sequenceTemperature) =>
        [
            folder.Add("frame", "model.onnx", FrameGraph(frameRun, frameTemperature)),
            folder.Add("sequence", "sequence.onnx", SequenceGraphOf(sequenceRun, recipes, sequenceTemperature)),
            folder.Add("detector", "detector.onnx", DetectorLoan.Graph()),
        ];
        var draft = new ModelManifest
        {
            Name = VideoModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs = Graphs(1, 1),
            Labels = EmotionLabels.Names,
            CoveredLabels = CorpusLabels.Fer2013.Covered,
            FrontEnd = PackageFolder.Json(new VideoSpec
            {
                LongestPictureSide = recipes.Frame.LongestPictureSide, FaceFrame = recipes.Frame.FaceFrame, Sequence = recipes.Sequence.Sequence,
            }),
            Recipe = RecipeFile.ToJson(recipes),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [],
            Metrics = [],
            License = Licences.Video,
            Lineage = recipes.Frame.Init,
        };
        var (frameTemperature, sequenceTemperature) = await folder.TryAsync<VideoModel, (double, double)>(draft, async model =>
        {
            var ck = SubjectSplit.Of((await CkPlus.ReadAsync(data, model.Aligner, model.Detector, cancellationToken)).Sequences);
            var frames = await ServedVideo.JudgeStillsAsync(model, "calibration", stills.Calibration, cancellationToken);
            var sequences = await ComposedAsync(model, "calibration", stills.Calibration, recipes.Sequence, cancellationToken);
            var real = await ServedVideo.JudgeSequencesAsync(model, "validation", ck.Validation, cancellationToken);
            return (TemperatureScaling.Fit(frames.Posteriors, frames.Labels),
                TemperatureScaling.Fit([.. sequences.Posteriors, .. real.Posteriors], [.. sequences.Labels, .. real.Labels]));
        }, cancellationToken);
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify video",
            ["view"] = recipes.Frame.Mirrored ? "each face as it is and mirrored, embeddings averaged" : "each face as it is",
            ["frameTemperature"] = Math.Round(frameTemperature, 4),
            ["sequenceTemperature"] = Math.Round(sequenceTemperature, 4),
        };
        if (recipes.Frame.Mirrored)
        {
            folder.Add("frame", "model.onnx", FrameGraph(frameRun, frameTemperature, recipes.Frame.View with { Mirrored = false }));
            var oneView = await folder.TryAsync<VideoModel, Judged>(draft, model => ServedVideo.JudgeStillsAsync(
                model, "FER2013 PrivateTest, whole, the same weights seeing each face once", stills.Test, cancellationToken), cancellationToken);
            metrics["testOneView"] = oneView.ToJson();
            report($"one view: {oneView.Scores}");
        }

        Graphs(frameTemperature, sequenceTemperature);
        var (frameGraph, chosen) = FramePrecision.Choose(
            precision, FloatFrameGraph(frameRun, frameTemperature, null), new(recipes.Frame.FaceFrame), stills, cancellationToken);
        folder.Add("frame", "model.onnx", frameGraph);
        metrics["precision"] = chosen;
        report($"temperatures: frame {frameTemperature:F3}, sequence {sequenceTemperature:F3}");
        var (judged, datasets) = await folder.TryAsync<VideoModel, (IReadOnlyDictionary<string, Judged>, DatasetManifest[])>(
            draft, model => JudgeAsync(data, model, recipes.Sequence, fer, cancellationToken), cancellationToken);
        foreach (var (name, result) in judged)
        {
            metrics[name] = result.ToJson();
            report($"{name} ({result.Set}): {result.Scores}");
        }

        return await folder.FinishAsync<VideoModel>(draft with { Metrics = metrics, Datasets = datasets }, cancellationToken);
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        await using var model = VideoModel.Load(package, PackageFolder.Runtime);
        var recipes = RecipeFile.FromJson<Recipes>(package.Manifest.Recipe);
        return (await JudgeAsync(data, model, recipes.Sequence, await Fer2013.ReadAsync(data, cancellationToken), cancellationToken)).Judged;
    }

    /// <summary>The frame network of a run as it is shipped.</summary>
    public static Proto.ModelProto FrameGraph(RunFolder run, double temperature, InputView? view = null) =>
        HalfWeights.Apply(FloatFrameGraph(run, temperature, view));

    private static Proto.ModelProto FloatFrameGraph(RunFolder run, double temperature, InputView? view)
    {
        var recipe = run.ReadJson<VideoRecipe>(RunFolder.RecipeName);
        using var scope = NewDisposeScope();
        using var network = TrainVideo.NetworkOf(recipe);
        network.load(run.Best);
        var side = recipe.FaceFrame.CropSize;
        return PictureGraph.Write(network, "faces", side, side, view ?? recipe.View, new ClassifierHead(temperature, Covered));
    }

    /// <summary>Sequences composed of stills, through the serving code: 100 of each label, drawn with a fixed seed.</summary>
    public static async Task<Judged> ComposedAsync(
        VideoModel model, string set, IReadOnlyList<FacePicture> pictures, SequenceRecipe recipe, CancellationToken cancellationToken)
    {
        const int OfEachLabel = 100;
        var pool = await StillAnswers.PoolAsync(model, pictures, recipe.Composition, recipe.Training.Seed, cancellationToken);
        var random = new Random(recipe.Training.Seed);
        var labels = Enumerable.Range(0, OfEachLabel * pool.Labels.Count).Select(i => pool.Labels[i % pool.Labels.Count]).ToArray();
        var windows = ServedVideo.Sequences(model, labels.Select(label => pool.Compose(label, random)), cancellationToken);
        return new Judged(set, labels, [.. windows.Select(window => window.Posterior)], Covered);
    }

    private static async Task<(IReadOnlyDictionary<string, Judged> Judged, DatasetManifest[] Datasets)> JudgeAsync(
        DataRoot data, VideoModel model, SequenceRecipe recipe, Fer2013 fer, CancellationToken cancellationToken)
    {
        var stills = FaceSplit.Of(fer);
        var corpus = await CkPlus.ReadAsync(data, model.Aligner, model.Detector, cancellationToken);
        var ck = SubjectSplit.Of(corpus.Sequences);
        var whole = await ServedVideo.JudgeStillsAsync(model, "FER2013 PrivateTest, whole", stills.Test, cancellationToken);
        var judged = new Dictionary<string, Judged>
        {
            ["test"] = whole,
            ["testWithoutDuplicates"] = stills.WithoutDuplicates(whole),
            ["sequenceTest"] = await ServedVideo.JudgeSequencesAsync(model, "CK+ and CK+48 sequences of test subjects", ck.Test, cancellationToken),
            ["sequenceComposed"] = await ComposedAsync(
                model, "sequences composed of FER2013 PrivateTest pictures, not real video", stills.Test, recipe, cancellationToken),
        };
        DatasetManifest[] datasets =
        [
            new("FER2013", fer.Digest, FaceSplit.Description),
            new("CK+48", corpus.ShortDigest, SubjectSplit.Description),
            new("CK+ full sequences", corpus.FullDigest, SubjectSplit.Description),
        ];
        return (judged, datasets);
    }

    private static Proto.ModelProto SequenceGraphOf(RunFolder run, Recipes recipes, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = TrainSequence.NetworkOf(recipes.Sequence, TrainVideo.SpecOf(recipes.Frame).EmbeddingSize);
        network.load(run.Best);
        return HalfWeights.Apply(SequenceGraph.Write(network, new ClassifierHead(temperature, Covered)));
    }
}
