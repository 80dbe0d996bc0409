using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The speech network, on RAVDESS or a corpus of one's own.</summary>
public static class TrainAudio
{
    public const string SpecFile = "mfcc.json";
    private const int SelectionBatch = 60;

    public static async Task RunAsync(
        DataRoot data, AudioRecipe recipe, string packages, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        if (recipe.Own is not null && (recipe.Teacher is not null || recipe.Auxiliary is not null || recipe.Split.ShuffledLabels))
        {
            throw new ArgumentException("Teacher, auxiliary corpora and shuffled labels are of RAVDESS: a recipe with 'own' has none of them.");
        }

        var start = recipe.Init is { } version
            ? await Carried.OpenAsync(packages, AudioModel.ModelName, version, cancellationToken)
            : null;
        var corpus = await SpeechData.BeginAsync(data, recipe, run, report, cancellationToken);
        var split = corpus.Split;
        report($"{corpus.Dataset.Name}: {split.Training.Count} recordings train, {split.Validation.Count} select");
        var teacher = recipe.Teacher is { } spec
            ? TeacherFeatures.Of(await EncoderFeatures.ReadAsync(data, corpus.Ravdess!, cancellationToken), split.Training, spec.Dimension)
            : null;
        var training = split.Training;
        if (recipe.Auxiliary is { } auxiliary)
        {
            var more = await AuxiliarySpeech.ReadAsync(data, auxiliary.Corpora, auxiliary.PerCorpus, cancellationToken);
            report($"{string.Join(" and ", auxiliary.Corpora)}: {more.Count} recordings more");
            training = [.. training, .. more];
        }

        Fit(training, split.Validation, recipe, run, report, cancellationToken, teacher, start, corpus.Covered);
    }

    public static void Fit(
        IReadOnlyList<SpeechRecording> training, IReadOnlyList<SpeechRecording> validation, AudioRecipe recipe, RunFolder run,
        Action<string> report, CancellationToken cancellationToken, TeacherFeatures? teacher = null, ModelPackage? start = null, bool[]? covered = null)
    {
        if (recipe.Teacher is null != teacher is null)
        {
            throw new ArgumentException("The recipe asks for a teacher exactly if there is one.", nameof(teacher));
        }

        var spec = start is null ? Normalised(training, recipe.Mfcc) : SpeechStart.SpecOf(start, recipe.Mfcc);
        run.Begin(recipe);
        run.WriteJson(SpecFile, spec);
        var frontEnd = new MfccFrontEnd(spec);
        manual_seed(recipe.Training.Seed);
        using var network = new SpeechNetwork(recipe, spec);
        if (start is not null)
        {
            run.WriteJson(StartedFrom.FileName, new StartedFrom(start.Version, start.Manifest.Datasets, start.Manifest.License));
            SpeechStart.Adopt(network, start, training, frontEnd);
            report($"starts from audio/{start.Version}");
        }

        using var twin = recipe.Training.Averaging > 0 ? new SpeechNetwork(recipe, spec) : null;
        var known = covered is null || covered.All(there => there) ? null : covered;
        using var mask = known is null ? null : CoveredMask.Of(known);
        var trainee = TraineeOf(network, recipe, mask, twin is null ? null : TraineeOf(twin, recipe, mask, null));
        var labels = validation.Select(recording => recording.Label).ToArray();
        var plain = SpeechRecordings.Plain(validation, frontEnd, SelectionBatch).ToList();
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new SpeechRecordings(training, recipe, frontEnd, teacher, known),
            _ => Posteriors.Of(trainee.Average ?? trainee, plain).Scored(labels, known),
            scores => scores.Uar,
            cancellationToken);
    }

    // Inputs of training: features, band mask, what the teacher says; of the selection part: features.
    private static Trainee TraineeOf(SpeechNetwork network, AudioRecipe recipe, Tensor? mask, Trainee? average) =>
        new(network, inputs => Masked(network.call(inputs[0]).Logits, mask), average)
        {
            Loss = (inputs, targets) =>
            {
                var (logits, embedding) = network.Masked(inputs[0], inputs[1]);
                var loss = TrainingLoop.SoftCrossEntropy(Masked(logits, mask), targets);
                return network.Teacher is { } teacher
                    ? loss + nn.functional.mse_loss(teacher.call(embedding), inputs[2]) * recipe.Teacher!.Weight
                    : loss;
            },
        };

    private static Tensor Masked(Tensor logits, Tensor? mask) => mask is null ? logits : logits + mask;

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
