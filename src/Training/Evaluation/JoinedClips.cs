using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>A stretch of a joined clip as long as a window: one recording, its pauses cut or silence around it.</summary>
/// <param name="Label">Of the recording.</param>
/// <param name="Pcm">16 kHz mono.</param>
/// <param name="Faces">A face that was drawn for it, as what the frame network says of its pictures; empty without.</param>
public sealed record JoinedWindow(int Label, short[] Pcm, IReadOnlyList<FaceAnswer> Faces);

/// <summary>A long clip of one person of whom it is known what is in each window.</summary>
/// <param name="Label">That more of its windows have than any other.</param>
public sealed record JoinedClip(int Subject, int Label, IReadOnlyList<JoinedWindow> Windows);

/// <summary>Long clips joined from recordings of one subject each: some windows of one label among windows of others, in any order.</summary>
/// <param name="Windows">Of a clip.</param>
/// <param name="Own">Windows of its label.</param>
/// <param name="Repeats">Clips of each subject and label.</param>
/// <param name="Seed">Of all that is drawn.</param>
public sealed record JoinedClips(int Windows, int Own, int Repeats, int Seed)
{
    /// <param name="recordings">Of each subject enough of each label.</param>
    /// <param name="windowSamples">Length of a window.</param>
    /// <param name="face">A face of a label, told to be drawn; null for sound alone.</param>
    public IReadOnlyList<JoinedClip> Draw(
        IReadOnlyList<SpeechRecording> recordings, int windowSamples, Func<int, Random, IReadOnlyList<FaceAnswer>>? face)
    {
        var random = new Random(Seed);
        JoinedWindow Window(SpeechRecording recording) =>
            new(recording.Label, Fitted(recording.Pcm, windowSamples), face?.Invoke(recording.Label, random) ?? []);
        return
        [
            .. from subject in recordings.GroupBy(recording => recording.Subject).OrderBy(subject => subject.Key)
               from label in subject.Select(recording => recording.Label).Distinct().Order()
               from _ in Enumerable.Range(0, Repeats)
               select new JoinedClip(subject.Key, label, [.. Chosen([.. subject], label, random).Select(Window)]),
        ];
    }

    /// <summary>The middle of a longer recording, silence around a shorter one.</summary>
    internal static short[] Fitted(short[] pcm, int samples)
    {
        var fitted = new short[samples];
        var (from, to) = (Math.Max(0, (pcm.Length - samples) / 2), Math.Max(0, (samples - pcm.Length) / 2));
        pcm.AsSpan(from, Math.Min(pcm.Length, samples)).CopyTo(fitted.AsSpan(to));
        return fitted;
    }

    private SpeechRecording[] Chosen(SpeechRecording[] subject, int label, Random random)
    {
        random.Shuffle(subject);
        SpeechRecording[] chosen =
        [
            .. subject.Where(recording => recording.Label == label).Take(Own),
            .. subject.Where(recording => recording.Label != label).Take(Windows - Own),
        ];
        random.Shuffle(chosen);
        return chosen;
    }
}
