using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>The speech model as it is served: a recording is one window.</summary>
public static class ServedAudio
{
    public static async Task<IReadOnlyList<AudioWindowResult>> AnswersAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken)
    {
        var answers = new List<AudioWindowResult>(recordings.Count);
        foreach (var recording in recordings)
        {
            var window = new ClipWindow(0, 0, (double)recording.Pcm.Length / model.SampleRate);
            answers.Add(await model.ClassifyAsync(window, recording.Pcm, cancellationToken));
        }

        return answers;
    }

    public static async Task<Judged> JudgeAsync(
        AudioModel model, string set, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken)
    {
        var answers = await AnswersAsync(model, recordings, cancellationToken);
        return new Judged(set, [.. recordings.Select(recording => recording.Label)], [.. answers.Select(answer => OrUniform(answer.Posterior))], null);
    }

    internal static float[] OrUniform(float[] posterior) =>
        posterior.Length > 0 ? posterior : [.. Enumerable.Repeat(1f / EmotionLabels.Count, EmotionLabels.Count)];
}
