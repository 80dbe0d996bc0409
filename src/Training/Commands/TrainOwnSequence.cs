using System.Text.Json;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The sequence network of a published video version, on the faces of a corpus of one's own.</summary>
public static class TrainOwnSequence
{
    public static async Task RunAsync(
        DataRoot data, OwnSequenceRecipe recipe, string packages, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        recipe.Own.Windows.Validated();
        var start = await Carried.OpenAsync(packages, VideoModel.ModelName, recipe.Init, cancellationToken);
        var (kept, corpus) = await RunCorpus.BeginAsync(run, data.Own, OwnCorpusOptions.FromEnvironment(), cancellationToken);
        run.Begin(recipe);
        run.WriteJson(StartedFrom.FileName, new StartedFrom(start.Version, start.Manifest.Datasets, start.Manifest.License));
        await using var model = VideoModel.Load(start, PackageFolder.Runtime);
        var parts = await OwnFaces.ReadAsync(corpus, model, recipe.Own.Windows, OwnCorpusOptions.FromEnvironment(), data.Cache, report, cancellationToken);
        if (parts[SubjectPart.Training].Labels.Count <= recipe.Training.BatchSize / 2)
        {
            throw new CorpusException($"The corpus '{kept.Name}' has {parts[SubjectPart.Training].Labels.Count} sequences to learn from, and batches of {recipe.Training.BatchSize} need "
                + $"more than {recipe.Training.BatchSize / 2}: add clips, or say a smaller training.batchSize.");
        }

        report($"{kept.Name}: {parts[SubjectPart.Training].Labels.Count} sequences train, {parts[SubjectPart.Validation].Labels.Count} select");
        report($"starts from video/{start.Version}");
        manual_seed(recipe.Training.Seed);
        using var network = SequenceStart.Network(start, recipe.Dropout);
        var longest = start.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!.Sequence.MaximumFaceFrames;
        var covered = ServedVideo.Covered(model);
        TrainSequence.Fit(
            network, new LabelledSequences(Embedded(parts[SubjectPart.Training]), recipe.Training, longest, covered), Embedded(parts[SubjectPart.Validation]), covered, longest,
            recipe.Training, run, report, cancellationToken);
    }

    private static List<EmbeddedSequence> Embedded(AnsweredSequences part) =>
        [.. part.Labels.Zip(part.Answers, (label, answers) => new EmbeddedSequence(label, [.. answers.Select(answer => answer.Embedding)]))];
}
