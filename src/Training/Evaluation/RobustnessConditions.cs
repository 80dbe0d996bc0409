using Emotion.Media;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>One thing that is done to every test recording.</summary>
/// <param name="ApplyAsync">PCM of all recordings to PCM of all, in their order; its place in it seeds what is random about a recording.</param>
public sealed record RobustnessCondition(
    string Name, string Description, Func<IReadOnlyList<short[]>, CancellationToken, Task<IReadOnlyList<short[]>>> ApplyAsync)
{
    public RobustnessCondition(string name, string description, Func<short[], int, short[]> apply)
        : this(name, description, (recordings, _) => Task.FromResult<IReadOnlyList<short[]>>([.. recordings.Select(apply)]))
    {
    }
}

/// <summary>The conditions of the robustness table, in its order; the first is the recording as it is.</summary>
public static class RobustnessConditions
{
    public const string Clean = "clean";

    private const int Seed = 20261122;
    private static readonly int[] NoiseDecibels = [20, 10, 0];

    /// <param name="recordings">The test's: speech-shaped noise has their long-term spectrum.</param>
    /// <param name="coder">Runs codecs.</param>
    /// <param name="sampleRate">Of the recordings.</param>
    public static IReadOnlyList<RobustnessCondition> Of(IReadOnlyList<SpeechRecording> recordings, SoundCoder coder, int sampleRate)
    {
        var shape = RobustnessSounds.SpeechShape(recordings.Select(recording => recording.Pcm));
        float[] White(int samples, int place) => RobustnessSounds.WhiteNoise(samples, Seed + place);
        float[] Shaped(int samples, int place) =>
            RobustnessSounds.Filtered(White(samples + shape.Length, place), shape).AsSpan(shape.Length).ToArray();
        RobustnessCondition Noisy(string name, string description, int decibels, Func<int, int, float[]> noise) => new(
            $"{name}-{decibels}", $"{description}, {decibels} dB SNR", (pcm, place) => RobustnessSounds.WithNoise(pcm, noise(pcm.Length, place), decibels));

        return
        [
            new(Clean, "as recorded", (pcm, _) => pcm),
            .. NoiseDecibels.Select(decibels => Noisy("white-noise", "white noise", decibels, White)),
            .. NoiseDecibels.Select(decibels => Noisy("speech-noise", "noise with the spectrum of speech", decibels, Shaped)),
            new("telephone", "telephone: 300 to 3,400 Hz, 8 kHz, mu-law", (pcm, token) => CodedAsync(coder, SoundCodec.Telephone, pcm, sampleRate, token)),
            new("mp3", "MP3 at 32 kbit/s", (pcm, token) => CodedAsync(coder, SoundCodec.Mp3, pcm, sampleRate, token)),
            new("reverberation", "a room that echoes for 0.5 s (RT60), echo as strong as the voice",
                (pcm, place) => RobustnessSounds.Reverberated(pcm, 0.5, sampleRate, Seed + place)),
            new("clipping", "amplified until 10 % of the samples clip", (pcm, _) => RobustnessSounds.Clipped(pcm, 0.1)),
            new("padding", "1 s of silence on both sides", (pcm, _) => RobustnessSounds.Padded(pcm, sampleRate)),
        ];
    }

    /// <summary>All recordings through one process, half a second of silence between them: a process for each would take longer than the codec.</summary>
    internal static async Task<IReadOnlyList<short[]>> CodedAsync(
        SoundCoder coder, SoundCodec codec, IReadOnlyList<short[]> recordings, int sampleRate, CancellationToken cancellationToken)
    {
        var gap = new short[sampleRate / 2];
        var passed = await coder.PassAsync(recordings.SelectMany(recording => recording.Concat(gap)).ToArray(), codec, cancellationToken);
        var (coded, start) = (new List<short[]>(recordings.Count), 0);
        foreach (var recording in recordings)
        {
            coded.Add(passed[start..(start + recording.Length)]);
            start += recording.Length + gap.Length;
        }

        return coded;
    }
}
