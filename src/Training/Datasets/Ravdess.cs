using System.Text;
using Emotion.Features;
using Emotion.Media;

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

    /// <summary>ffmpeg processes at once; more gain nothing on two cores.</summary>
    private const int Decoders = 2;

    public static async Task<Ravdess> ReadAsync(DataRoot data, CancellationToken cancellationToken)
    {
        var folder = data.Corpus("ravdess", "speech");
        var files = Directory.GetFiles(folder, "*.flac", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        var digest = DataDigest.Of(files.Select(file => (Path.GetFileName(file), DataDigest.Of(File.ReadAllBytes(file)))));
        var cache = Path.Combine(data.Cache, $"ravdess-{digest[..16]}.pcm");
        if (!File.Exists(cache))
        {
            await DecodeAsync(files, cache, cancellationToken);
        }

        return new Ravdess(digest, Read(cache));
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

    private static async Task DecodeAsync(string[] files, string cache, CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var decoder = new AudioDecoder(guard);
        var decoded = new short[files.Length][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Decoders, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, files.Length, options, async (i, token) => decoded[i] = await decoder.DecodeSamplesAsync(files[i], token));

        Directory.CreateDirectory(Path.GetDirectoryName(cache)!);
        using (var writer = new BinaryWriter(File.Create(cache + ".partial"), Encoding.UTF8))
        {
            writer.Write(files.Length);
            for (var i = 0; i < files.Length; i++)
            {
                writer.Write(Path.GetFileNameWithoutExtension(files[i]));
                writer.Write(decoded[i].Length);
                writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(decoded[i].AsSpan()));
            }
        }

        File.Move(cache + ".partial", cache, overwrite: true);
    }

    private static SpeechRecording[] Read(string cache)
    {
        using var reader = new BinaryReader(File.OpenRead(cache), Encoding.UTF8);
        var recordings = new SpeechRecording[reader.ReadInt32()];
        for (var i = 0; i < recordings.Length; i++)
        {
            var name = reader.ReadString();
            var pcm = new short[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(pcm.AsSpan()));
            var (label, subject) = Parse(name);
            recordings[i] = new SpeechRecording(name, label, subject, pcm);
        }

        return recordings;
    }
}
