using Emotion.Features;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Datasets;

/// <summary>What a speech recognizer learns from, chooses by and is tested with: RAVDESS, or a corpus of one's own.</summary>
/// <param name="Split">No person is in two of its parts.</param>
/// <param name="Dataset">For manifests.</param>
/// <param name="Covered">Labels that it can learn.</param>
/// <param name="License">Of weights that learned from nothing else.</param>
public sealed record SpeechData(SpeechSplit Split, DatasetManifest Dataset, bool[] Covered, LicenseManifest License)
{
    public const string RavdessTestSet = "RAVDESS speech, test actors of the fold";

    /// <summary>What figures are said to be of.</summary>
    public required string TestSet { get; init; }
    public required string ValidationSet { get; init; }

    /// <summary>The corpus, where it is RAVDESS.</summary>
    public Ravdess? Ravdess { get; init; }

    /// <summary>For a training: a corpus of one's own is taken into the run.</summary>
    /// <exception cref="CorpusException">The corpus is missing, or not as it must be.</exception>
    /// <exception cref="ArgumentException">The recipe learns from one corpus and another one is given.</exception>
    public static async Task<SpeechData> BeginAsync(
        DataRoot data, AudioRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        if (recipe.Own is null && data.Own is not null)
        {
            throw new ArgumentException("This recipe learns from RAVDESS: for a corpus of your own take the recipe audio-own, or one with a member 'own'.");
        }

        if (recipe.Own is null)
        {
            return await OfRavdessAsync(data, recipe.Split, cancellationToken);
        }

        var (kept, corpus) = await RunCorpus.BeginAsync(run, data.Own, OwnCorpusOptions.FromEnvironment(), cancellationToken);
        return await OfOwnAsync(corpus, kept, recipe, report, cancellationToken);
    }

    /// <summary>For what comes after a training: a corpus of one's own is that of the run.</summary>
    public static async Task<SpeechData> ReopenAsync(
        DataRoot data, AudioRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        if (recipe.Own is null)
        {
            return await OfRavdessAsync(data, recipe.Split, cancellationToken);
        }

        var (kept, corpus) = await RunCorpus.ReopenAsync(run, OwnCorpusOptions.FromEnvironment(), cancellationToken);
        return await OfOwnAsync(corpus, kept, recipe, report, cancellationToken);
    }

    /// <summary>For a package whose run may be gone.</summary>
    /// <exception cref="CorpusMissingException">The package learned from a corpus of one's own, and that is not given.</exception>
    /// <exception cref="CorpusException">What is given is another.</exception>
    public static async Task<SpeechData> OfPackageAsync(
        DataRoot data, AudioRecipe recipe, DatasetManifest dataset, Action<string> report, CancellationToken cancellationToken)
    {
        if (recipe.Own is null)
        {
            return await OfRavdessAsync(data, recipe.Split, cancellationToken);
        }

        return await PackageCorpus.UseAsync(data, dataset, (kept, corpus) => OfOwnAsync(corpus, kept, recipe, report, cancellationToken), cancellationToken);
    }

    private static async Task<SpeechData> OfRavdessAsync(DataRoot data, SpeechSplitSpec spec, CancellationToken cancellationToken)
    {
        var corpus = await Datasets.Ravdess.ReadAsync(data, cancellationToken);
        var testActors = Datasets.Ravdess.TestActors(data, spec.TestFold);
        return new SpeechData(
            SpeechSplit.Of(corpus.Recordings, spec, testActors),
            new DatasetManifest("RAVDESS speech", corpus.Digest, SpeechSplit.Describe(spec, testActors)),
            EmotionLabels.Mask(CorpusLabels.Ravdess.Covered), Licences.Audio)
        {
            Ravdess = corpus, TestSet = RavdessTestSet, ValidationSet = "RAVDESS speech, validation actors (fitted the temperature)",
        };
    }

    private static async Task<SpeechData> OfOwnAsync(
        OwnCorpus corpus, RunCorpus kept, AudioRecipe recipe, Action<string> report, CancellationToken cancellationToken)
    {
        var split = await OwnSpeech.ReadAsync(corpus, recipe.Own!.Windows, recipe.Mfcc, OwnCorpusOptions.FromEnvironment(), report, cancellationToken);
        if (split.Training.Count <= recipe.Training.BatchSize / 2)
        {
            throw new CorpusException($"The corpus '{kept.Name}' has {split.Training.Count} windows to learn from, and batches of {recipe.Training.BatchSize} need "
                + $"more than {recipe.Training.BatchSize / 2}: add clips, or say a smaller training.batchSize.");
        }

        return new SpeechData(split, new DatasetManifest(kept.Name, corpus.Digest, corpus.Split), corpus.Covered, Licences.Own(kept))
        {
            TestSet = $"{kept.Name}, people never heard in training", ValidationSet = $"{kept.Name}, validation people (chose the epoch, fitted the temperature)",
        };
    }
}
