using Emotion.Features;

namespace Emotion.Training.Datasets;

/// <summary>A clip of a real person with the emotion that it was made to show.</summary>
/// <param name="File">Full path.</param>
/// <param name="Source">Where it comes from: the first folder of its name.</param>
/// <param name="Take">Clips of one take are one observation, however often it was encoded.</param>
/// <param name="Subject">Who is shown, spelled as <see cref="FaceVideo.Subject"/> is.</param>
/// <param name="Label">Index into <see cref="EmotionLabels.Names"/>; null for a label that is none of ours.</param>
public sealed record LabelledClip(string File, string Source, string Take, string Subject, int? Label)
{
    public string Name => Path.Combine(Source, Path.GetFileName(File));
}

/// <summary>
/// A folder of labelled clips with its list <c>manifest.csv</c>: <c>mead_crop/EAMM_fear.mp4,MEAD_unknown_fear,fearful,0,8.72,256,256</c> behind a
/// heading. A test set: nothing is trained, chosen or calibrated on it. Clips of a label that is none of ours (contempt) are left out.
/// </summary>
public static class LabelledClips
{
    private const string Heading = "clip,subject,emotion,", SecondEncoding = "older_";

    /// <summary>Clips of our labels.</summary>
    /// <exception cref="CorpusException">The folder or its list is missing, or a line of it is none.</exception>
    public static IReadOnlyList<LabelledClip> Read(string folder) => [.. All(folder).Where(clip => clip.Label is not null)];

    /// <summary>Every clip that is listed, of whatever label: none of its people is trained on.</summary>
    /// <exception cref="CorpusException">The folder or its list is missing, or a line of it is none.</exception>
    public static IReadOnlyList<LabelledClip> All(string folder)
    {
        var list = Path.Combine(folder, "manifest.csv");
        if (!File.Exists(list))
        {
            throw new CorpusMissingException($"'{list}' is missing: set EMOTION_CLIPS to the folder that holds the clips, 'labelled' among them.");
        }

        var lines = File.ReadAllLines(list);
        return lines.Length > 0 && lines[0].StartsWith(Heading, StringComparison.Ordinal)
            ? [.. lines.Skip(1).Where(line => line.Length > 0).Select((line, i) => Parse(folder, line, i + 2))]
            : throw new CorpusException($"'{list}' must begin with '{Heading}'.");
    }

    /// <summary>Of the list, and of every clip that it names and that is there.</summary>
    public static async Task<string> DigestAsync(string folder, CancellationToken cancellationToken)
    {
        var files = new List<(string, string)>();
        foreach (var file in All(folder).Select(clip => clip.File).Where(File.Exists).Append(Path.Combine(folder, "manifest.csv")))
        {
            files.Add((Path.GetRelativePath(folder, file), DataDigest.Of(await File.ReadAllBytesAsync(file, cancellationToken))));
        }

        return DataDigest.Of(files);
    }

    private static LabelledClip Parse(string folder, string line, int number)
    {
        var fields = line.Split(',');
        var slash = fields[0].IndexOf('/', StringComparison.Ordinal);
        if (fields.Length < 3 || slash <= 0)
        {
            throw new CorpusException($"manifest.csv, line {number}: '{line}' names no clip of a source.");
        }

        return Of(folder, fields[0], fields[1], fields[2]);
    }

    /// <param name="name">As the list has it, <c>mead_crop/EAMM_fear.mp4</c>.</param>
    internal static LabelledClip Of(string folder, string name, string subject, string emotion)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var (source, file) = (name[..slash], name[(slash + 1)..]);
        var take = file.StartsWith(SecondEncoding, StringComparison.Ordinal) ? file[SecondEncoding.Length..] : file;
        return new LabelledClip(
            Path.Combine(folder, source, file), source, $"{source}/{take}", subject.Replace('_', '-'), EmotionLabels.TryIndexOf(emotion, out var label) ? label : null);
    }
}
