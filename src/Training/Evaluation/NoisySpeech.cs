using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Evaluation;

/// <summary>What the served speech model says of its test recordings under white noise.</summary>
/// <param name="Decibels">Power of the speech over that of the noise.</param>
/// <param name="Answers">Of each recording; null where it abstained.</param>
public sealed record NoisySpeech(double Decibels, IReadOnlyList<(int Label, Evidence? Said)> Answers)
{
    /// <summary>As loud as the speech: the worst of the robustness tables (docs/results/speech.md).</summary>
    private const double Loudest = 0;

    private const int Seed = 1;

    public static async Task<NoisySpeech> OfAsync(DataRoot data, ModelPackage package, CancellationToken cancellationToken)
    {
        var split = RecipeFile.FromJson<AudioRecipe>(package.Manifest.Recipe).Split;
        var test = SpeechSplit.Of((await Ravdess.ReadAsync(data, cancellationToken)).Recordings, split, Ravdess.TestActors(data, split.TestFold)).Test;
        var noise = RobustnessSounds.WhiteNoise(test.Max(recording => recording.Pcm.Length), Seed);
        await using var model = AudioModel.Load(package, PackageFolder.Runtime);
        var answers = await ServedAudio.AnswersAsync(
            model, [.. test.Select(recording => recording with { Pcm = RobustnessSounds.WithNoise(recording.Pcm, noise, Loudest) })], cancellationToken);
        return new NoisySpeech(Loudest, [.. test.Zip(answers, (recording, answer) =>
            (recording.Label, answer.Abstention is null ? new Evidence(recording.Label, answer.Embedding, answer.Posterior) : null))]);
    }
}
