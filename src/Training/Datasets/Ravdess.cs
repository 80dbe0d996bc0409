using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>A labelled recording of speech.</summary>
/// <param name="Name">File name without its ending.</param>
/// <param name="Label">Index into <see cref="EmotionLabels.Names"/>.</param>
/// <param name="Subject">Actor, 1 to 24: odd male, even female.</param>
/// <param name="Pcm">16 kHz mono.</param>
public sealed record SpeechRecording(string Name, int Label, int Subject, short[] Pcm);

/// <summary>RAVDESS speech: 1440 recordings of 24 actors, decoded by Media once and cached by content.</summary>
public sealed record Ravdess(string Digest, IReadOnlyList<SpeechRecording> Recordings)
{
    public const int Actors = 24;

    public static async Task<Ravdess> ReadAsync(DataRoot data, CancellationToken cancellationToken)
    {
        var (digest, recordings) = await SpeechCache.ReadAsync(data, "ravdess", data.Corpus("ravdess", "speech"), "*.flac", cancellationToken);
        return new Ravdess(digest, [.. recordings.Select(recording =>
        {
            var name = recording.Name[(recording.Name.LastIndexOf('/') + 1)..];
            var (label, subject) = Parse(name);
            return new SpeechRecording(name, label, subject, recording.Pcm);
        })]);
    }

    /// <summary>The test actors of a fold, 1 to 6, as <c>folds.csv</c> has them: a line is <c>1,01 11 20 21</c>.</summary>
    public static IReadOnlyList<int> TestActors(DataRoot data, int fold)
    {
        var line = File.ReadLines(data.Corpus("ravdess", "folds.csv")).FirstOrDefault(row => row.StartsWith($"{fold},", StringComparison.Ordinal))
            ?? throw new CorpusException($"folds.csv has no fold {fold}.");
        return [.. line[(line.IndexOf(',') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
    }

    /// <summary>Fields of <c>03-01-08-02-01-01-19</c>: modality, channel, emotion, intensity, statement, repetition, actor.</summary>
    public static (int Label, int Subject) Parse(string name)
    {
        var fields = name.Split('-');
        return fields.Length == 7 && CorpusLabels.Ravdess.IndexOf(fields[2]) is { } label && int.TryParse(fields[6], out var actor)
            ? (label, actor)
            : throw new CorpusException($"RAVDESS: '{name}' is no name of seven fields.");
    }
}
