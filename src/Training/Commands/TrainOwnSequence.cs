using System.Text.Json;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
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
        Fit(network, Embedded(parts[SubjectPart.Training]), Embedded(parts[SubjectPart.Validation]), ServedVideo.Covered(model), longest, recipe, run, report, cancellationToken);
    }

    private static void Fit(
        SequenceNetwork network, IReadOnlyList<EmbeddedSequence> training, IReadOnlyList<EmbeddedSequence> validation, bool[] covered, int longest,
        OwnSequenceRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        using var mask = CoveredMask.Of(covered);
        var trainee = new Trainee(network, inputs => network.call(inputs[0], inputs[1]).Logits + mask);
        var labels = validation.Select(sequence => sequence.Label).ToArray();
        var batches = validation.Chunk(recipe.Training.BatchSize).Select(chunk => FaceSequences.Batched(chunk, longest, 0, covered)).ToList();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new LabelledSequences(training, recipe.Training, longest, covered),
            _ => Posteriors.Of(trainee, batches).Scored(labels, covered),
            scores => scores.Uar,
            cancellationToken);
    }

    private static List<EmbeddedSequence> Embedded(AnsweredSequences part) =>
        [.. part.Labels.Zip(part.Answers, (label, answers) => new EmbeddedSequence(label, [.. answers.Select(answer => answer.Embedding)]))];
}
