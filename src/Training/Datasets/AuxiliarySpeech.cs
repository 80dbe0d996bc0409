using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>
/// Acted speech beside RAVDESS, for ablations: TESS (two voices, nearly saturated; no derivatives, so in no shipped package) and the Urdu
/// corpus (38 voices, research). Their people are in no test part. Subjects are negative: they are no actors of RAVDESS.
/// </summary>
public static class AuxiliarySpeech
{
    /// <summary>Recordings spread evenly over the labels that each corpus has, in an order that depends on nothing but the names.</summary>
    /// <param name="data">Where <c>speech-aux</c> lies.</param>
    /// <param name="corpora"><c>tess</c>, <c>urdu</c>.</param>
    /// <param name="perCorpus">At most so many of each.</param>
    /// <param name="cancellationToken">A cancelled run leaves no cache.</param>
    /// <exception cref="ArgumentException">There is no such corpus.</exception>
    public static async Task<IReadOnlyList<SpeechRecording>> ReadAsync(
        DataRoot data, IReadOnlyList<string> corpora, int perCorpus, CancellationToken cancellationToken)
    {
        var all = new List<SpeechRecording>();
        foreach (var corpus in corpora)
        {
            var (_, recordings) = await SpeechCache.ReadAsync(data, corpus, data.Corpus("speech-aux", corpus), "*.ogg", cancellationToken);
            var ours = recordings.Select(recording => Parse(corpus, recording.Name, recording.Pcm)).OfType<SpeechRecording>().ToList();
            var perLabel = perCorpus / ours.Select(recording => recording.Label).Distinct().Count();
            all.AddRange(ours.GroupBy(recording => recording.Label).SelectMany(label => Spread([.. label], perLabel)));
        }

        return all;
    }

    /// <summary><c>OAF_back_ps</c>, or <c>Angry/SM1_F10_A010</c>; null for a label that is none of ours.</summary>
    internal static SpeechRecording? Parse(string corpus, string name, short[] pcm)
    {
        var label = corpus switch
        {
            "tess" => CorpusLabels.Tess.IndexOf(name[(name.LastIndexOf('_') + 1)..]),
            "urdu" => CorpusLabels.Urdu.IndexOf(name[..name.IndexOf('/')]),
            _ => throw new ArgumentException($"'{corpus}' is no further corpus of speech: say tess or urdu."),
        };
        return label is { } index ? new SpeechRecording($"{corpus}/{name}", index, corpus == "tess" ? -1 : -2, pcm) : null;
    }

    private static IEnumerable<SpeechRecording> Spread(SpeechRecording[] recordings, int count) =>
        Enumerable.Range(0, Math.Min(count, recordings.Length)).Select(i => recordings[(long)i * recordings.Length / Math.Min(count, recordings.Length)]);
}
