using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>
/// Whether several windows of a recording say more than one of the whole: each window goes through the served model by itself, and the posteriors are
/// averaged. It is what happens to recordings that are longer than a window. <c>windows.json</c>, as <see cref="RobustnessAnswers"/>.
/// </summary>
public static class TestWindows
{
    public const string FileName = "windows.json";
    public const string Whole = "whole";

    private sealed record Rule(string Name, string Description, double Seconds, double Step, bool WithWhole);

    private static readonly Rule[] Rules =
    [
        new(Whole, "one window, the whole recording", 0, 0, WithWhole: true),
        new("2-seconds", "windows of 2 s, one a second", 2, 1, WithWhole: false),
        new("1.5-seconds", "windows of 1.5 s, one every half second", 1.5, 0.5, WithWhole: false),
        new("whole-and-2-seconds", "the whole recording and windows of 2 s", 2, 1, WithWhole: true),
    ];

    public static async Task<RobustnessAnswers> OfAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, Action<string> report, CancellationToken cancellationToken)
    {
        var answers = new List<ConditionAnswers>();
        foreach (var rule in Rules)
        {
            var windows = recordings.Select(recording => Windows(recording, rule, model.SampleRate).ToList()).ToList();
            var said = new Queue<AudioWindowResult>(await ServedAudio.AnswersAsync(model, [.. windows.SelectMany(window => window)], cancellationToken));
            var predictions = string.Concat(windows.Select(window => Together([.. window.Select(_ => said.Dequeue())])));
            answers.Add(new ConditionAnswers(rule.Name, rule.Description, predictions));
            report($"{rule.Name}: {windows.Average(window => window.Count):F1} windows a recording");
        }

        return new RobustnessAnswers(model.Package.Version, [.. recordings.Select(recording => recording.Name)], answers);
    }

    /// <summary>The recording, pieces of it, or both; the last piece ends with the recording.</summary>
    private static IEnumerable<SpeechRecording> Windows(SpeechRecording recording, Rule rule, int sampleRate)
    {
        var (length, step) = ((int)(rule.Seconds * sampleRate), (int)(rule.Step * sampleRate));
        if (rule.WithWhole || recording.Pcm.Length <= length)
        {
            yield return recording;
        }

        var last = recording.Pcm.Length - length;
        if (step == 0 || last <= 0)
        {
            yield break;
        }

        for (var start = 0; start < last + step; start += step)
        {
            var first = Math.Min(start, last);
            yield return recording with { Pcm = recording.Pcm[first..(first + length)] };
        }
    }

    // The most probable label of the mean; windows in which nobody speaks say nothing.
    private static char Together(IReadOnlyList<AudioWindowResult> windows)
    {
        var mean = new float[EmotionLabels.Count];
        foreach (var window in windows.Where(window => window.Abstention is null))
        {
            for (var label = 0; label < mean.Length; label++)
            {
                mean[label] += window.Posterior[label];
            }
        }

        return windows.All(window => window.Abstention is not null) ? RobustnessAnswers.Abstained : (char)('0' + Scores.Prediction(mean, null));
    }
}
