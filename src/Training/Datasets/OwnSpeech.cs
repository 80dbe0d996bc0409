using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Media;
using Emotion.Training.Splits;

namespace Emotion.Training.Datasets;

/// <summary>The sound of a corpus of one's own: decoded by Media, divided by subject, then cut into windows as serving cuts clips.</summary>
public static class OwnSpeech
{
    /// <summary>ffmpeg processes at once; more gain nothing on two cores.</summary>
    private const int Decoders = 2;

    /// <param name="corpus">Checked.</param>
    /// <param name="windows">How clips are cut.</param>
    /// <param name="mfcc">Says what is speech; windows without it teach nothing and are left out.</param>
    /// <param name="options">Limits.</param>
    /// <param name="report">A line for people.</param>
    /// <param name="cancellationToken">Stops between clips.</param>
    /// <exception cref="CorpusException">Clips that cannot be decoded, have no sound or no speech: each with its row.</exception>
    public static async Task<SpeechSplit> ReadAsync(
        OwnCorpus corpus, ClipWindowSpec windows, MfccSpec mfcc, OwnCorpusOptions options, Action<string> report, CancellationToken cancellationToken)
    {
        var faults = new CorpusFaults(options.MaximumFaults);
        var sounds = await DecodeAsync(corpus, faults, cancellationToken);
        faults.ThrowIfAny(OwnCorpus.Name(corpus.Folder));
        var seconds = sounds.Sum(sound => (double)sound.Length / AudioDecoder.SampleRate);
        if (seconds > options.MaximumSeconds)
        {
            throw new CorpusException(FormattableString.Invariant($"The corpus has {seconds:0} s of sound, and at most {options.MaximumSeconds:0.###} are taken."));
        }

        var frontEnd = new MfccFrontEnd(mfcc.WithoutNormalisation());
        var subjects = corpus.Parts.Keys.Order(StringComparer.Ordinal).Select((name, index) => (name, index)).ToDictionary(one => one.name, one => one.index + 1);
        var (parts, silent) = (Enum.GetValues<SubjectPart>().ToDictionary(part => part, _ => new List<SpeechRecording>()), 0);
        for (var i = 0; i < sounds.Length; i++)
        {
            var (clip, before) = (corpus.Clips[i], parts.Values.Sum(part => part.Count));
            foreach (var window in ClipWindows.Cut((double)sounds[i].Length / AudioDecoder.SampleRate, windows))
            {
                var pcm = sounds[i][window.Samples(AudioDecoder.SampleRate, sounds[i].Length)];
                if (frontEnd.WriteWindow(pcm, new float[frontEnd.FeatureCount]).Abstention == AudioAbstention.None)
                {
                    parts[corpus.Parts[clip.Subject]].Add(new SpeechRecording($"{clip.Name}#{window.Index}", clip.Label, subjects[clip.Subject], pcm));
                }
                else
                {
                    silent++;
                }
            }

            if (before == parts.Values.Sum(part => part.Count))
            {
                faults.Add(clip.Row, LabelTable.Clip, $"no speech is heard in '{clip.Name}'");
            }
        }

        faults.ThrowIfAny(OwnCorpus.Name(corpus.Folder));
        report($"{sounds.Length} clips, {seconds:F0} s; windows: {parts[SubjectPart.Training].Count} train, {parts[SubjectPart.Validation].Count} select, "
            + $"{parts[SubjectPart.Test].Count} test, {silent} without speech are left out");
        return new SpeechSplit(parts[SubjectPart.Training], parts[SubjectPart.Validation], [], parts[SubjectPart.Test]);
    }

    private static async Task<short[][]> DecodeAsync(OwnCorpus corpus, CorpusFaults faults, CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var decoder = new AudioDecoder(guard);
        var sounds = new short[corpus.Clips.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Decoders, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, sounds.Length, options, async (i, token) =>
        {
            try
            {
                sounds[i] = await decoder.DecodeSamplesAsync(corpus.Clips[i].File, token);
            }
            catch (MediaRefusedException refused)
            {
                lock (faults)
                {
                    faults.Add(corpus.Clips[i].Row, LabelTable.Clip, $"'{corpus.Clips[i].Name}' cannot be heard: {refused.Message}");
                }
            }
        });
        return sounds;
    }
}
