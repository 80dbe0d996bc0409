using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>
/// Fusion over the newest audio and video packages: tuples drawn by label from parts that neither network saw, validation actors of
/// RAVDESS and sequences composed of the fusion part of FER2013.
/// </summary>
public static class TrainFusion
{
    public const string UpstreamFile = "upstream.json";

    public sealed record Upstream(string Audio, string Video);

    public static async Task RunAsync(
        DataRoot data, FusionRecipe recipe, string packages, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var audio = await PackageFolder.NewestAsync(packages, AudioModel.ModelName, cancellationToken);
        var video = await PackageFolder.NewestAsync(packages, VideoModel.ModelName, cancellationToken);
        run.WriteJson(UpstreamFile, new Upstream(audio.Version, video.Version));
        report($"on audio {audio.Version} and video {video.Version}");
        var pools = await PoolsAsync(data, recipe, audio, video, [FusionPart.Training, FusionPart.Validation], cancellationToken);
        Fit(pools[FusionPart.Training], pools[FusionPart.Validation], Shape(recipe), recipe, run, report, cancellationToken);
    }

    public static void Fit(
        FusionPools training, FusionPools validation, FusionNetworkSpec shape, FusionRecipe recipe, RunFolder run,
        Action<string> report, CancellationToken cancellationToken)
    {
        run.Begin(recipe);
        manual_seed(recipe.Training.Seed);
        using var network = new FusionNetwork(shape);
        Standardise(network, 0, training.Audio);
        Standardise(network, 1, training.Video);
        var (audioSize, videoSize) = (shape.Modalities[0].EmbeddingSize, shape.Modalities[1].EmbeddingSize);
        var trainee = new Trainee(network, inputs => network.call([inputs[0], inputs[1]], [inputs[2], inputs[3]], inputs[4]) + inputs[5]);
        var tuples = validation.Drawn().Both(recipe.TuplesJudged, new Random(recipe.Training.Seed)).ToList();
        var batches = tuples.Chunk(recipe.Training.BatchSize).Select(chunk => EvidenceTuples.Batched(chunk, audioSize, videoSize, 0)).ToList();
        var labels = tuples.Select(tuple => tuple.Label).ToArray();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new EvidenceTuples(training.Drawn(), recipe, audioSize, videoSize),
            _ => Posteriors.Of(trainee, batches).Scored(labels, null),
            scores => scores.Uar,
            cancellationToken);
    }

    public static FusionNetworkSpec Shape(FusionRecipe recipe, int audioSize = 512, int videoSize = 128) => new(
        [
            new FusedModality(AudioModel.ModelName, audioSize, EmotionLabels.Mask(CorpusLabels.Ravdess.Covered)),
            new FusedModality(VideoModel.ModelName, videoSize, EmotionLabels.Mask(CorpusLabels.Fer2013.Covered)),
        ], recipe.Hidden, recipe.Dropout);

    /// <summary>What the served models say of the parts that fusion is trained, chosen and judged on.</summary>
    public static async Task<Dictionary<FusionPart, FusionPools>> PoolsAsync(
        DataRoot data, FusionRecipe recipe, ModelPackage audioPackage, ModelPackage videoPackage, IReadOnlyList<FusionPart> parts,
        CancellationToken cancellationToken)
    {
        var speechRecipe = RecipeFile.FromJson<AudioRecipe>(audioPackage.Manifest.Recipe);
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var speech = SpeechSplit.Of(corpus.Recordings, speechRecipe.Split, Ravdess.TestActors(data, speechRecipe.Split.TestFold));
        var faces = FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken));
        await using var audio = AudioModel.Load(audioPackage, PackageFolder.Runtime);
        await using var video = VideoModel.Load(videoPackage, PackageFolder.Runtime);
        var pools = new Dictionary<FusionPart, FusionPools>();
        foreach (var part in parts)
        {
            var (recordings, pictures) = part switch
            {
                FusionPart.Training => (recipe.TrainingActors is { } train ? Spoken(speech, train) : speech.Fusion, faces.Fusion),
                FusionPart.Validation => (recipe.ValidationActors is { } validate ? Spoken(speech, validate) : speech.Validation, faces.Calibration),
                _ => (speech.Test, faces.Test),
            };
            pools[part] = new FusionPools(
                await SpeechAsync(audio, recordings, cancellationToken), await FacesAsync(video, pictures, recipe, cancellationToken));
        }

        return pools;
    }

    /// <summary>Recordings of actors that are the speech network's validation: it fits one number on them, its temperature.</summary>
    /// <exception cref="ArgumentException">Of one of them it trained on, or he is of its test.</exception>
    internal static IReadOnlyList<SpeechRecording> Spoken(SpeechSplit speech, IReadOnlyList<int> actors)
    {
        var there = speech.Validation.Where(recording => actors.Contains(recording.Subject)).ToList();
        return there.Select(recording => recording.Subject).Distinct().Count() == actors.Count
            ? there
            : throw new ArgumentException($"Fusion may use validation actors of the speech network only, and {string.Join(", ", actors)} are not all such.");
    }

    private static async Task<IReadOnlyList<Evidence>> SpeechAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken)
    {
        var answers = await ServedAudio.AnswersAsync(model, recordings, cancellationToken);
        return [.. recordings.Zip(answers).Where(pair => pair.Second.Abstention is null)
            .Select(pair => new Evidence(pair.First.Label, pair.Second.Embedding, pair.Second.Posterior))];
    }

    private static async Task<IReadOnlyList<Evidence>> FacesAsync(
        VideoModel model, IReadOnlyList<FacePicture> pictures, FusionRecipe recipe, CancellationToken cancellationToken)
    {
        var stills = await StillAnswers.PoolAsync(model, pictures, recipe.Composition, recipe.Training.Seed, cancellationToken);
        var random = new Random(recipe.Training.Seed);
        var labels = stills.Labels.SelectMany(label => Enumerable.Repeat(label, recipe.SequencesPerLabel)).ToArray();
        var windows = ServedVideo.Sequences(model, labels.Select(label => stills.Compose(label, random)), cancellationToken);
        return [.. labels.Zip(windows).Where(pair => pair.Second.Abstention is null)
            .Select(pair => new Evidence(pair.First, pair.Second.Embedding, pair.Second.Posterior))];
    }

    private static void Standardise(FusionNetwork network, int modality, IReadOnlyList<Evidence> evidence)
    {
        using var scope = NewDisposeScope();
        network.Standardise(modality, tensor(evidence.SelectMany(e => e.Embedding).ToArray(), [evidence.Count, evidence[0].Embedding.Length]));
    }
}

public enum FusionPart
{
    Training,
    Validation,
    Test,
}

/// <summary>Evidence of one part.</summary>
public sealed record FusionPools(IReadOnlyList<Evidence> Audio, IReadOnlyList<Evidence> Video)
{
    public ModalityPools Drawn() => new(Audio, Video, EmotionLabels.Mask(CorpusLabels.Fer2013.Covered));
}
