using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The speech network on RAVDESS.</summary>
public static class TrainAudio
{
    public const string SpecFile = "mfcc.json";
    private const int SelectionBatch = 60;

    public static async Task RunAsync(DataRoot data, AudioRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var split = SpeechSplit.Of(corpus.Recordings, recipe.Split, Ravdess.TestActors(data, recipe.Split.TestFold));
        report($"RAVDESS: {split.Training.Count} recordings train, {split.Validation.Count} select");
        var teacher = recipe.Teacher is { } spec
            ? TeacherFeatures.Of(await EncoderFeatures.ReadAsync(data, corpus, cancellationToken), split.Training, spec.Dimension)
            : null;
        var training = split.Training;
        if (recipe.Auxiliary is { } auxiliary)
        {
            var more = await AuxiliarySpeech.ReadAsync(data, auxiliary.Corpora, auxiliary.PerCorpus, cancellationToken);
            report($"{string.Join(" and ", auxiliary.Corpora)}: {more.Count} recordings more");
            training = [.. training, .. more];
        }

        Fit(training, split.Validation, recipe, run, report, cancellationToken, teacher);
    }

    public static void Fit(
        IReadOnlyList<SpeechRecording> training, IReadOnlyList<SpeechRecording> validation, AudioRecipe recipe, RunFolder run,
        Action<string> report, CancellationToken cancellationToken, TeacherFeatures? teacher = null)
    {
        if (recipe.Teacher is null != teacher is null)
        {
            throw new ArgumentException("The recipe asks for a teacher exactly if there is one.", nameof(teacher));
        }

        var spec = Normalised(training, recipe.Mfcc);
        run.Begin(recipe);
        run.WriteJson(SpecFile, spec);
        var frontEnd = new MfccFrontEnd(spec);
        manual_seed(recipe.Training.Seed);
        using var network = new SpeechNetwork(recipe, spec);
        using var twin = recipe.Training.Averaging > 0 ? new SpeechNetwork(recipe, spec) : null;
        var trainee = TraineeOf(network, recipe, twin is null ? null : TraineeOf(twin, recipe, null));
        var labels = validation.Select(recording => recording.Label).ToArray();
        var plain = SpeechRecordings.Plain(validation, frontEnd, SelectionBatch).ToList();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new SpeechRecordings(training, recipe, frontEnd, teacher),
            _ => Posteriors.Of(trainee.Average ?? trainee, plain).Scored(labels, null),
            scores => scores.Uar,
            cancellationToken);
    }

    // Inputs of training: features, band mask, what the teacher says; of the selection part: features.
    private static Trainee TraineeOf(SpeechNetwork network, AudioRecipe recipe, Trainee? average) =>
        new(network, inputs => network.call(inputs[0]).Logits, average)
        {
            Loss = (inputs, targets) =>
            {
                var (logits, embedding) = network.Masked(inputs[0], inputs[1]);
                var loss = TrainingLoop.SoftCrossEntropy(logits, targets);
                return network.Teacher is { } teacher
                    ? loss + nn.functional.mse_loss(teacher.call(embedding), inputs[2]) * recipe.Teacher!.Weight
                    : loss;
            },
        };

    /// <summary>The recipe's spec with mean and deviation of each coefficient over the analysis frames of the training part.</summary>
    public static MfccSpec Normalised(IReadOnlyList<SpeechRecording> training, MfccSpec recipe)
    {
        var raw = new MfccFrontEnd(recipe.WithoutNormalisation());
        var statistics = new CoefficientStatistics(recipe.Coefficients);
        var features = new float[raw.FeatureCount];
        foreach (var recording in training)
        {
            raw.WriteWindow(recording.Pcm, features);
            statistics.Add(features);
        }

        return statistics.ApplyTo(recipe);
    }
}
