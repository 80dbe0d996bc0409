using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Inference.Audio;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using Emotion.Training.Commands;

namespace Emotion.Training.Evaluation;

public enum FusionPart
{
    Training,
    Validation,
    Test,
}

/// <summary>What the served models say of the parts that fusion is trained, chosen and judged on; none of the models was trained on any of them.</summary>
public static class FusionEvidence
{
    /// <param name="upstream">In the order of fusion's inputs.</param>
    public static async Task<IReadOnlyDictionary<FusionPart, ModalityPools>> OfAsync(
        DataRoot data, FusionRecipe recipe, IReadOnlyList<ModelPackage> upstream, IReadOnlyList<FusionPart> parts, CancellationToken cancellationToken)
    {
        var pools = parts.ToDictionary(part => part, _ => new List<ModalityPool>());
        foreach (var package in upstream)
        {
            var said = package.Name switch
            {
                "audio" => SpeechAsync(data, recipe, package, parts, cancellationToken),
                "video" => FacesAsync(data, recipe, package, parts, cancellationToken),
                "text" => WordsAsync(data, package, parts, cancellationToken),
                _ => throw new ArgumentException($"Fusion knows no evidence of '{package.Name}'."),
            };
            foreach (var (part, evidence) in await said)
            {
                pools[part].Add(new ModalityPool(package.Name, EmotionLabels.Mask(package.Manifest.CoveredLabels), evidence));
            }
        }

        return pools.ToDictionary(part => part.Key, part => new ModalityPools(part.Value));
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

    private static async Task<Dictionary<FusionPart, IReadOnlyList<Evidence>>> SpeechAsync(
        DataRoot data, FusionRecipe recipe, ModelPackage package, IReadOnlyList<FusionPart> parts, CancellationToken cancellationToken)
    {
        var split = RecipeFile.FromJson<AudioRecipe>(package.Manifest.Recipe).Split;
        var speech = SpeechSplit.Of((await Ravdess.ReadAsync(data, cancellationToken)).Recordings, split, Ravdess.TestActors(data, split.TestFold));
        await using var model = AudioModel.Load(package, PackageFolder.Runtime);
        return await EachAsync(parts, async part =>
        {
            var recordings = part switch
            {
                FusionPart.Training => recipe.TrainingActors is { } train ? Spoken(speech, train) : speech.Fusion,
                FusionPart.Validation => recipe.ValidationActors is { } validate ? Spoken(speech, validate) : speech.Validation,
                _ => speech.Test,
            };
            var answers = await ServedAudio.AnswersAsync(model, recordings, cancellationToken);
            return recordings.Zip(answers).Where(pair => pair.Second.Abstention is null)
                .Select(pair => new Evidence(pair.First.Label, pair.Second.Embedding, pair.Second.Posterior));
        });
    }

    private static async Task<Dictionary<FusionPart, IReadOnlyList<Evidence>>> FacesAsync(
        DataRoot data, FusionRecipe recipe, ModelPackage package, IReadOnlyList<FusionPart> parts, CancellationToken cancellationToken)
    {
        var faces = FaceSplit.Of(await Fer2013.ReadAsync(data, cancellationToken));
        await using var model = VideoModel.Load(package, PackageFolder.Runtime);
        return await EachAsync(parts, async part =>
        {
            var pictures = part switch { FusionPart.Training => faces.Fusion, FusionPart.Validation => faces.Calibration, _ => faces.Test };
            var stills = await StillAnswers.PoolAsync(model, pictures, recipe.Composition, recipe.Training.Seed, cancellationToken);
            var random = new Random(recipe.Training.Seed);
            var labels = stills.Labels.SelectMany(label => Enumerable.Repeat(label, recipe.SequencesPerLabel)).ToArray();
            var windows = ServedVideo.Sequences(model, labels.Select(label => stills.Compose(label, random)), cancellationToken);
            return labels.Zip(windows).Where(pair => pair.Second.Abstention is null)
                .Select(pair => new Evidence(pair.First, pair.Second.Embedding, pair.Second.Posterior));
        });
    }

    private static async Task<Dictionary<FusionPart, IReadOnlyList<Evidence>>> WordsAsync(
        DataRoot data, ModelPackage package, IReadOnlyList<FusionPart> parts, CancellationToken cancellationToken)
    {
        // Of another corpus, whose terms the text network's weights do not have, nothing is learned here either.
        var corpora = RecipeFile.FromJson<TextRecipe>(package.Manifest.Recipe).Corpora;
        IEnumerable<LabelledText> Of(string part) => corpora.SelectMany(corpus => TrainText.Read(data, corpus, part));
        var split = TextSplit.Of(Of("train"), Of("dev"), Of("test"));
        await using var model = TextModel.Load(package, PackageFolder.OneThread);
        return await EachAsync(parts, part =>
        {
            var texts = part switch { FusionPart.Training => split.Training, FusionPart.Validation => split.Validation, _ => split.Test };
            // As the text service does: a text without a word says nothing.
            var readings = model.Classifier!.Classify([.. texts.Select(text => WordReader.HasWord(text.Text) ? text.Text : "")], cancellationToken);
            return Task.FromResult(texts.Zip(readings).Where(pair => pair.Second is not null)
                .Select(pair => new Evidence(pair.First.Labels[0], pair.Second!.Embedding, pair.Second.Posterior) { Corpus = pair.First.Corpus.Corpus }));
        });
    }

    private static async Task<Dictionary<FusionPart, IReadOnlyList<Evidence>>> EachAsync(
        IReadOnlyList<FusionPart> parts, Func<FusionPart, Task<IEnumerable<Evidence>>> say)
    {
        var said = new Dictionary<FusionPart, IReadOnlyList<Evidence>>();
        foreach (var part in parts)
        {
            said[part] = [.. await say(part)];
        }

        return said;
    }
}
