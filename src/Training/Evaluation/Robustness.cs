using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Media;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>What a cell's package says of its test recordings under a condition.</summary>
/// <param name="Predictions">A character per recording, in the file's order: the label's index, or <c>-</c> where the model abstained.</param>
public sealed record ConditionAnswers(string Name, string Description, string Predictions);

/// <summary>What a cell's package says of its test recordings after each of many things was done to them; <c>robustness.json</c>.</summary>
/// <example><code>
/// { "packageVersion": "20261122-1300-1f3a9c02", "recordings": [ "03-01-01-01-01-01-01", … ],
///   "conditions": [ { "name": "clean", "description": "as recorded", "predictions": "0312-4…" }, … ] }
/// </code></example>
public sealed record RobustnessAnswers(string PackageVersion, IReadOnlyList<string> Recordings, IReadOnlyList<ConditionAnswers> Conditions)
{
    public const string FileName = "robustness.json";

    internal const char Abstained = '-';

    /// <summary>Rows true, columns predicted; an abstention is in its row's total alone, so that it counts as wrong.</summary>
    public static RobustnessScores ScoresOf(IEnumerable<RobustnessAnswers> cells, string condition)
    {
        var (hits, totals, abstained) = (new int[EmotionLabels.Count], new int[EmotionLabels.Count], 0);
        foreach (var cell in cells)
        {
            var predictions = cell.Conditions.Single(answers => answers.Name == condition).Predictions;
            foreach (var (recording, said) in cell.Recordings.Zip(predictions))
            {
                var label = Ravdess.Parse(recording).Label;
                totals[label]++;
                hits[label] += said - '0' == label ? 1 : 0;
                abstained += said == Abstained ? 1 : 0;
            }
        }

        var recalls = hits.Zip(totals).Where(row => row.Second > 0).Select(row => (double)row.First / row.Second);
        return new RobustnessScores(totals.Sum(), abstained, recalls.DefaultIfEmpty(0).Average(), hits.Sum() / (double)Math.Max(1, totals.Sum()));
    }

    /// <summary>Runs every condition through the served model.</summary>
    public static async Task<RobustnessAnswers> OfAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, SoundCoder coder, Action<string> report, CancellationToken cancellationToken)
    {
        var answers = new List<ConditionAnswers>();
        foreach (var condition in RobustnessConditions.Of(recordings, coder, model.SampleRate))
        {
            var changed = await condition.ApplyAsync([.. recordings.Select(recording => recording.Pcm)], cancellationToken);
            var windows = await ServedAudio.AnswersAsync(
                model, [.. recordings.Zip(changed, (recording, pcm) => recording with { Pcm = pcm })], cancellationToken);
            var predictions = string.Concat(windows.Select(window => window.Abstention is null
                ? (char)('0' + Scores.Prediction(window.Posterior, null)) : Abstained));
            answers.Add(new ConditionAnswers(condition.Name, condition.Description, predictions));
            report($"{condition.Name}: {predictions.Count(said => said == Abstained)} of {recordings.Count} abstained");
        }

        return new RobustnessAnswers(model.Package.Version, [.. recordings.Select(recording => recording.Name)], answers);
    }
}

/// <param name="Uar">An abstention counts as wrong.</param>
public sealed record RobustnessScores(int Count, int Abstained, double Uar, double Wa);
