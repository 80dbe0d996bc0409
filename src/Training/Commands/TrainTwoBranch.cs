using Emotion.Features.Mfcc;
using Emotion.Training.Calibration;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using Emotion.Training.Studies;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>
/// The second branch of the speech recognizer beside a trained network, in two steps. The branch learns from the training actors alone; then
/// two weights join it to the network, fitted on the validation actors: the network knows its own training actors almost by heart, so
/// anything joined on them would trust it blindly.
/// </summary>
public static class TrainTwoBranch
{
    public const string JoinFile = "join.json";
    public const string NetworkFile = "network.weights";

    /// <summary>What either of the two says of the validation part.</summary>
    public const string NetworkPosteriors = "validation-network.csv";
    public const string BranchPosteriors = "validation-branch.csv";
    private const int PlainBatch = 60;

    /// <param name="data">Corpora and caches.</param>
    /// <param name="branch">Its recipe.</param>
    /// <param name="audioRun">A finished run of the speech network: its recipe, spec and weights are copied.</param>
    /// <param name="run">Of this training.</param>
    /// <param name="report">A line for people.</param>
    /// <param name="cancellationToken">Stops between epochs.</param>
    public static async Task RunAsync(
        DataRoot data, SecondBranchRecipe branch, RunFolder audioRun, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        if (!File.Exists(audioRun.Best))
        {
            throw new ArgumentException($"'{audioRun.Best}' is missing: train the speech network to its end first, the second branch stands beside it.");
        }

        var recipe = audioRun.ReadJson<AudioRecipe>(RunFolder.RecipeName) with { SecondBranch = branch };
        if (recipe.Own is not null)
        {
            throw new ArgumentException("The network learned from a corpus of its own, and a second branch learns from RAVDESS: they do not go together.");
        }

        var spec = audioRun.ReadJson<MfccSpec>(TrainAudio.SpecFile);
        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var split = SpeechSplit.Of(corpus.Recordings, recipe.Split, Ravdess.TestActors(data, recipe.Split.TestFold));
        Begin(audioRun, run, recipe, spec);
        var features = await EncoderFeatures.ReadAsync(data, corpus, recipe, cancellationToken);
        report($"{split.Training.Count} recordings train, {split.Validation.Count} join; {features.Dimension} numbers of the encoder, {features.Copies} copies");
        Fit(split, features, recipe, spec, run, report, cancellationToken);
    }

    /// <summary>Takes the network over into the run, so that it can be exported by itself.</summary>
    public static void Begin(RunFolder audioRun, RunFolder run, AudioRecipe recipe, MfccSpec spec)
    {
        run.Begin(recipe);
        run.WriteJson(TrainAudio.SpecFile, spec);
        File.Copy(audioRun.Best, run.FilePath(NetworkFile), overwrite: true);
    }

    public static void Fit(
        SpeechSplit split, EncoderFeatures features, AudioRecipe recipe, MfccSpec spec, RunFolder run, Action<string> report,
        CancellationToken cancellationToken)
    {
        var branch = recipe.SecondBranch!;
        manual_seed(branch.Training.Seed);
        using var network = Standardised(new SpokenBranch(branch), split.Training, features);
        using var twin = Standardised(new SpokenBranch(branch), split.Training, features);
        var trainee = TraineeOf(network, TraineeOf(twin, null));
        var labels = split.Validation.Select(recording => recording.Label).ToArray();
        Batch[] plain = [SpokenExamples.Plain(split.Validation, features)];
        new TrainingLoop(trainee, branch.Training, run, report).Fit(
            SpokenExamples.Of(split.Training, features, branch.Training),
            _ => Posteriors.Of(trainee.Average!, plain).Scored(labels, null),
            scores => scores.Uar,
            cancellationToken);
        network.load(run.Best);
        network.eval();
        Join(network, split.Validation, plain, recipe, spec, run, report);
    }

    private static void Join(
        SpokenBranch branch, IReadOnlyList<SpeechRecording> validation, Batch[] spoken, AudioRecipe recipe, MfccSpec spec, RunFolder run,
        Action<string> report)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var network = new SpeechNetwork(recipe, spec);
        network.load(run.FilePath(NetworkFile));
        network.eval();
        var seen = Posteriors.Of(
            new Trainee(network, inputs => network.call(inputs[0]).Logits), SpeechRecordings.Plain(validation, new MfccFrontEnd(spec), PlainBatch));
        var heard = Posteriors.Of(TraineeOf(branch, null), spoken);
        var labels = validation.Select(recording => recording.Label).ToArray();
        CellPosteriors.Write(run.FilePath(NetworkPosteriors), Rows(validation, seen));
        CellPosteriors.Write(run.FilePath(BranchPosteriors), Rows(validation, heard));
        var weights = LogLinearPool.Fit(seen.Rows, heard.Rows, labels);
        run.WriteJson(JoinFile, weights);
        report($"network {seen.Scored(labels, null)}; second branch {heard.Scored(labels, null)}; weights {weights.First:F3} and {weights.Second:F3}");
    }

    private static IEnumerable<CellPosterior> Rows(IReadOnlyList<SpeechRecording> recordings, Posteriors posteriors) =>
        recordings.Zip(posteriors.Rows, (recording, row) => new CellPosterior(CellPosterior.Validation, recording.Name, recording.Label, row));

    private static SpokenBranch Standardised(SpokenBranch branch, IReadOnlyList<SpeechRecording> training, EncoderFeatures features)
    {
        branch.Standardise([.. training.Select(recording => features.Of(recording.Name).ToArray())]);
        return branch;
    }

    private static Trainee TraineeOf(SpokenBranch branch, Trainee? average) => new(branch, inputs => branch.call(inputs[0]).Logits, average);
}
