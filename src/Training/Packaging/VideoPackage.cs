using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
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
    /// <summary>Names of what is measured of the other view than the package's, in halves.</summary>
    internal const string TestOneView = "testOneView", TestBothViews = "testBothViews";

    private const string FrameFile = "model.onnx", SequenceFile = "sequence.onnx";

    private static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);

    /// <param name="Frame">Of the frame network.</param>
    /// <param name="Sequence">Of the sequence network, or of the one that <see cref="Own"/> went on from.</param>
    public sealed record Recipes(VideoRecipe Frame, SequenceRecipe Sequence)
    {
        /// <summary>By which the sequence network went on, on a corpus of one's own; null where it did not.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public OwnSequenceRecipe? Own { get; init; }
    }

    public static async Task<string> ExportAsync(
        DataRoot data, RunFolder frameRun, RunFolder sequenceRun, string precision, string output, Action<string> report, CancellationToken cancellationToken)
    {
        TrainedOver.Require(sequenceRun, frameRun);
        var recipes = new Recipes(frameRun.ReadJson<VideoRecipe>(RunFolder.RecipeName), sequenceRun.ReadJson<SequenceRecipe>(RunFolder.RecipeName));
        var aligner = new FaceAligner(recipes.Frame.FaceFrame);
        using var folder = new PackageFolder(output);
        var graphs = FramePrecision.Choose(
            precision, FloatFrameGraph(frameRun, 1, null), aligner, FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken)), cancellationToken);
        report($"frame network in {graphs.Chosen}");
        var draft = Draft(recipes,
        [
            folder.Add("frame", FrameFile, graphs.Graph),
            folder.Add("sequence", SequenceFile, SequenceGraphOf(sequenceRun, recipes, 1)),
            folder.Add("detector", "detector.onnx", DetectorLoan.Graph()),
        ]);
        var (corpora, temperature) = await folder.TryAsync<VideoModel, (FaceCorpora, double)>(draft, async model =>
        {
            var read = await FaceCorpora.ReadAsync(data, recipes.Sequence, model, report, cancellationToken);
            var frames = await ServedVideo.JudgeStillsAsync(model, "calibration", read.Stills.Calibration, cancellationToken);
            return (read, TemperatureScaling.Fit(frames.Posteriors, frames.Labels));
        }, cancellationToken);
        void PutFrame(Proto.ModelProto graph) => folder.Add("frame", FrameFile, ClassifierHead.WithTemperature(graph, temperature));
        PutFrame(graphs.Graph);
        var choice = await ChooseAsync(folder, draft, recipes.Sequence, corpora, report, cancellationToken);
        report(FormattableString.Invariant($"temperature of the frame network {temperature:F3}; {choice}"));
        folder.Add("sequence", SequenceFile, SequenceGraphOf(sequenceRun, recipes, choice.Network.Temperature));
        draft = Answering(draft, choice.Chosen, choice.Mean.Temperature) with
        {
            Datasets = corpora.Datasets, License = Licences.Video((corpora.Recorded?.Videos ?? []).Select(video => video.Corpus).Distinct()),
        };
        var metrics = new JsonObject
        {
            ["command"] = "./emotion training verify video",
            ["view"] = recipes.Frame.Mirrored ? "each face as it is and mirrored, embeddings averaged" : "each face as it is",
            ["frameTemperature"] = Math.Round(temperature, 4),
            ["sequenceTemperature"] = Math.Round(choice.Network.Temperature, 4),
            ["answer"] = choice.ToJson(),
            ["precision"] = graphs.Record,
        };
        folder.Add("frame", FrameFile, FrameGraph(frameRun, temperature, recipes.Frame.View with { Mirrored = !recipes.Frame.Mirrored }));
        metrics[recipes.Frame.Mirrored ? TestOneView : TestBothViews] = await OtherViewAsync(folder, draft, corpora, report, cancellationToken);
        PutFrame(graphs.Graph);
        var judged = await folder.TryAsync<VideoModel, IReadOnlyDictionary<string, Judged>>(
            draft, model => JudgeAsync(model, recipes.Sequence, corpora, report, cancellationToken), cancellationToken);
        foreach (var (name, result) in judged)
        {
            metrics[name] = result.ToJson();
            report($"{name} ({result.Set}): {result.Scores}");
        }

        if (graphs.Other is { } other)
        {
            PutFrame(other);
            var others = await folder.TryAsync<VideoModel, IReadOnlyDictionary<string, Judged>>(
                draft, model => SequencesAsync(model, recipes.Sequence, corpora, report, cancellationToken), cancellationToken);
            graphs.Record["sequences"] = PrecisionOnSequences(graphs.Chosen, judged, others);
            PutFrame(graphs.Graph);
        }

        return await folder.FinishAsync<VideoModel>(draft with { Metrics = metrics }, cancellationToken);
    }

    /// <summary>The test figures of a package, computed anew.</summary>
    public static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        await using var model = VideoModel.Load(package, PackageFolder.Runtime);
        var recipes = RecipeFile.FromJson<Recipes>(package.Manifest.Recipe);
        if (recipes.Own is { } own)
        {
            return await OwnVideoPackage.JudgeAsync(data, model, own, cancellationToken);
        }

        var recipe = recipes.Sequence;
        var corpora = await FaceCorpora.ReadAsync(data, recipe, model, _ => { }, cancellationToken);
        return await JudgeAsync(model, recipe, corpora, _ => { }, cancellationToken);
    }

    /// <summary>The frame network of a run as it is shipped.</summary>
    public static Proto.ModelProto FrameGraph(RunFolder run, double temperature, InputView? view = null) =>
        HalfWeights.Apply(FloatFrameGraph(run, temperature, view));

    /// <summary>The same with 32-bit weights.</summary>
    public static Proto.ModelProto FloatFrameGraph(RunFolder run, double temperature, InputView? view)
    {
        var recipe = run.ReadJson<VideoRecipe>(RunFolder.RecipeName);
        using var scope = NewDisposeScope();
        using var network = TrainVideo.NetworkOf(recipe);
        network.load(run.Best);
        var side = recipe.FaceFrame.CropSize;
        return PictureGraph.Write(network, "faces", side, side, view ?? recipe.View, new ClassifierHead(temperature, Covered));
    }

    /// <summary>Sequences composed of stills, as the served frame network answers: 100 of each label, drawn with a fixed seed.</summary>
    public static async Task<AnsweredSequences> ComposedAsync(
        VideoModel model, string set, IReadOnlyList<FacePicture> pictures, SequenceRecipe recipe, CancellationToken cancellationToken)
    {
        const int OfEachLabel = 100;
        var pool = await StillAnswers.PoolAsync(model, pictures, recipe.Composition, recipe.Training.Seed, cancellationToken);
        var random = new Random(recipe.Training.Seed);
        var labels = Enumerable.Range(0, OfEachLabel * pool.Labels.Count).Select(i => pool.Labels[i % pool.Labels.Count]).ToArray();
        return new AnsweredSequences(set, labels, [.. labels.Select(label => pool.Compose(label, random))]);
    }

    /// <summary>The draft with its windows answered one way or the other.</summary>
    internal static ModelManifest Answering(ModelManifest manifest, string answer, double? meanTemperature)
    {
        var spec = manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;
        return manifest with
        {
            FrontEnd = PackageFolder.Json(spec with { Sequence = spec.Sequence with { Answer = answer, MeanTemperature = meanTemperature } }),
        };
    }

    private static ModelManifest Draft(Recipes recipes, IReadOnlyList<GraphManifest> graphs) => new()
    {
        Name = VideoModel.ModelName,
        Opset = GraphBuilder.Opset,
        Graphs = graphs,
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
        License = Licences.Video([]),
        Lineage = recipes.Frame.Init,
    };

    // Of the graph that is in the folder.
    private static async Task<JsonObject> OtherViewAsync(
        PackageFolder folder, ModelManifest draft, FaceCorpora corpora, Action<string> report, CancellationToken cancellationToken)
    {
        var judged = await folder.TryAsync<VideoModel, Judged>(draft, model => ServedVideo.JudgeStillsAsync(
            model, "FER2013 PrivateTest, whole, the same weights in float16", corpora.Stills.Test, cancellationToken), cancellationToken);
        report($"{judged.Set}: {judged.Scores}");
        return judged.ToJson();
    }

    // Both ways read what the frame network of the folder says, once.
    private static async Task<AnswerChoice> ChooseAsync(
        PackageFolder folder, ModelManifest draft, SequenceRecipe recipe, FaceCorpora corpora, Action<string> report, CancellationToken cancellationToken)
    {
        AnsweredSequences? composed = null;
        List<AnsweredSequences> real = [];
        Task<AnswerFit> FitAsync(string answer) => folder.TryAsync<VideoModel, AnswerFit>(Answering(draft, answer, null), async model =>
        {
            if (composed is null)
            {
                composed = await ComposedAsync(model, "composed of the calibration part", corpora.Stills.Calibration, recipe, cancellationToken);
                real.Add(await ServedVideo.AnswerAsync(
                    model, "validation subjects", corpora.Real.Validation.ToAsyncEnumerable(), cancellationToken));
                if (await corpora.RecordingsAsync(model, SubjectPart.Validation, report, cancellationToken) is { } recordings)
                {
                    real.Add(recordings);
                }
            }

            return AnswerFit.Of(composed.By(model, cancellationToken), AnsweredSequences.Join("validation subjects", real).By(model, cancellationToken));
        }, cancellationToken);
        return new AnswerChoice(await FitAsync(SequenceSpec.Network), await FitAsync(SequenceSpec.Mean));
    }

    private static async Task<IReadOnlyDictionary<string, Judged>> JudgeAsync(
        VideoModel model, SequenceRecipe recipe, FaceCorpora corpora, Action<string> report, CancellationToken cancellationToken)
    {
        var whole = await ServedVideo.JudgeStillsAsync(model, "FER2013 PrivateTest, whole", corpora.Stills.Test, cancellationToken);
        var judged = new Dictionary<string, Judged> { ["test"] = whole, ["testWithoutDuplicates"] = corpora.Stills.WithoutDuplicates(whole) };
        foreach (var (name, sequences) in await SequencesAsync(model, recipe, corpora, report, cancellationToken))
        {
            judged[name] = sequences;
        }

        return judged;
    }

    private static async Task<IReadOnlyDictionary<string, Judged>> SequencesAsync(
        VideoModel model, SequenceRecipe recipe, FaceCorpora corpora, Action<string> report, CancellationToken cancellationToken)
    {
        var composed = await ComposedAsync(
            model, "sequences composed of FER2013 PrivateTest pictures, not real video", corpora.Stills.Test, recipe, cancellationToken);
        var judged = new Dictionary<string, Judged>
        {
            ["sequenceTest"] = await ServedVideo.JudgeSequencesAsync(
                model, "CK+ and CK+48 sequences of test subjects", corpora.Real.Test, cancellationToken),
            ["sequenceComposed"] = composed.By(model, cancellationToken),
        };
        if (await corpora.RecordingsAsync(model, SubjectPart.Test, report, cancellationToken) is { } recordings)
        {
            judged["sequenceVideos"] = recordings.By(model, cancellationToken);
        }

        return judged;
    }

    // What integers cost on sequences: told, no part of the rule.
    private static JsonObject PrecisionOnSequences(
        string chosen, IReadOnlyDictionary<string, Judged> served, IReadOnlyDictionary<string, Judged> other)
    {
        var record = new JsonObject();
        foreach (var (name, others) in other)
        {
            var (integers, halves) = chosen == GraphPrecision.Int8 ? (served[name], others) : (others, served[name]);
            var (low, high) = Bootstrap.WaDifference(integers, halves);
            record[name] = new JsonObject
            {
                ["n"] = others.Labels.Count,
                [GraphPrecision.Float16] = Math.Round(halves.Scores.Wa, 5),
                [GraphPrecision.Int8] = Math.Round(integers.Scores.Wa, 5),
                ["waDifferenceInterval95"] = new JsonArray(Math.Round(low, 5), Math.Round(high, 5)),
            };
        }

        return record;
    }

    private static Proto.ModelProto SequenceGraphOf(RunFolder run, Recipes recipes, double temperature)
    {
        using var scope = NewDisposeScope();
        using var network = TrainSequence.NetworkOf(recipes.Sequence, TrainVideo.SpecOf(recipes.Frame).EmbeddingSize);
        network.load(run.Best);
        return HalfWeights.Apply(SequenceGraph.Write(network, new ClassifierHead(temperature, Covered)));
    }
}
