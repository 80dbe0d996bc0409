using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>The speech model as it is served: a recording is one window.</summary>
public static class ServedAudio
{
    /// <summary>Answers in the order of the recordings; many are asked at once, so that they share batches.</summary>
    public static async Task<IReadOnlyList<AudioWindowResult>> AnswersAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken)
    {
        const int AtOnce = 16;
        var answers = new List<AudioWindowResult>(recordings.Count);
        foreach (var some in recordings.Chunk(AtOnce))
        {
            answers.AddRange(await Task.WhenAll(some.Select(recording => model.ClassifyAsync(
                new ClipWindow(0, 0, (double)recording.Pcm.Length / model.SampleRate), recording.Pcm, cancellationToken))));
        }

        return answers;
    }

    public static async Task<Judged> JudgeAsync(
        AudioModel model, string set, IReadOnlyList<SpeechRecording> recordings, CancellationToken cancellationToken, bool[]? covered = null)
    {
        var answers = await AnswersAsync(model, recordings, cancellationToken);
        return new Judged(set, [.. recordings.Select(recording => recording.Label)], [.. answers.Select(answer => OrUniform(answer.Posterior))],
            covered is null || covered.All(there => there) ? null : covered);
    }

    internal static float[] OrUniform(float[] posterior) =>
        posterior.Length > 0 ? posterior : [.. Enumerable.Repeat(1f / EmotionLabels.Count, EmotionLabels.Count)];
}
