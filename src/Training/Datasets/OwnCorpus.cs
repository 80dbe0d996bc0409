using System.Security.Cryptography;
using Emotion.Features;
using Emotion.Training.Splits;

namespace Emotion.Training.Datasets;

/// <summary>A clip of a corpus of one's own.</summary>
/// <param name="Row">Of <c>labels.csv</c>.</param>
/// <param name="Name">As <c>labels.csv</c> has it.</param>
/// <param name="File">Full path.</param>
/// <param name="Label">Index into <see cref="EmotionLabels.Names"/>.</param>
public sealed record OwnClip(int Row, string Name, string File, int Label, string Subject);

/// <summary>
/// A folder of clips with its <see cref="LabelTable"/>, checked as a whole: every row and every clip, before anything is decoded. A clip is named by its
/// path in the folder; in a folder without folders (which is what a zip becomes) its last part is enough.
/// </summary>
/// <param name="Digest">Of the clips and the table.</param>
/// <param name="Parts">Which part each subject is in.</param>
public sealed record OwnCorpus(string Folder, string Digest, IReadOnlyList<OwnClip> Clips, IReadOnlyDictionary<string, SubjectPart> Parts)
{
    private const int MaximumSubjectLength = 100;

    // What is taken for a clip where it has no row; a clip that has one may be called anything.
    private static readonly string[] Endings =
        [".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv"];

    private static readonly string Allowed = string.Join(", ", EmotionLabels.Names);

    /// <summary>Labels that the training part has; the others are masked.</summary>
    public bool[] Covered => EmotionLabels.Mask(Of(SubjectPart.Training).Select(clip => EmotionLabels.Names[clip.Label]));

    public IEnumerable<OwnClip> Of(SubjectPart part) => Clips.Where(clip => Parts[clip.Subject] == part);

    /// <summary>For manifests: how many people, and never who.</summary>
    public string Split
    {
        get
        {
            int Count(SubjectPart part) => Parts.Values.Count(one => one == part);
            return $"{OwnSplit.Description}; {Count(SubjectPart.Training)} train, {Count(SubjectPart.Validation)} validate, {Count(SubjectPart.Test)} test";
        }
    }

    /// <exception cref="CorpusException">Something is wrong: each fault with its row and column.</exception>
    public static async Task<OwnCorpus> ReadAsync(string folder, OwnCorpusOptions options, CancellationToken cancellationToken)
    {
        var table = Path.Combine(folder, LabelTable.FileName);
        if (!File.Exists(table))
        {
            throw new CorpusException($"The corpus '{Name(folder)}' has no {LabelTable.FileName} at its top: a table with the columns clip,emotion,subject.");
        }

        if (new FileInfo(table).Length > options.MaximumTableBytes)
        {
            throw new CorpusException($"{LabelTable.FileName} of the corpus '{Name(folder)}' is larger than {options.MaximumTableBytes} bytes.");
        }

        var faults = new CorpusFaults(options.MaximumFaults);
        var bytes = await File.ReadAllBytesAsync(table, cancellationToken);
        var clips = Labelled(LabelTable.Read(bytes, faults), folder, options, faults);
        faults.ThrowIfAny(Name(folder));
        var parts = OwnSplit.Of(clips.Select(clip => clip.Subject).Distinct(StringComparer.Ordinal));
        if (parts.Count == 0)
        {
            faults.Add(0, "", $"there are {clips.DistinctBy(clip => clip.Subject).Count()} subjects, and at least {OwnSplit.Fewest} are needed: "
                + "one each to learn from, to choose by and to test with");
        }
        else
        {
            RequireLabels(clips, parts, faults);
        }

        faults.ThrowIfAny(Name(folder));
        return new OwnCorpus(folder, await DigestAsync(bytes, clips, cancellationToken), clips, parts);
    }

    /// <summary>What people call the corpus where they have given it no name.</summary>
    public static string Name(string path) => Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path));

    private static List<OwnClip> Labelled(IReadOnlyList<LabelRow> rows, string folder, OwnCorpusOptions options, CorpusFaults faults)
    {
        var files = Files(folder);
        var flat = !files.Keys.Any(name => name.Contains('/'));
        var (clips, first) = (new List<OwnClip>(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var row in rows.Take(options.MaximumClips))
        {
            var name = row.Clip.Replace('\\', '/');
            name = flat && Fault(name) is null ? name[(name.LastIndexOf('/') + 1)..] : name;
            var fault = Fault(name) ?? (files.ContainsKey(name) ? null : $"there is no file '{row.Clip}' in the corpus (links are not followed; capitals count)");
            if (fault is not null)
            {
                faults.Add(row.Row, LabelTable.Clip, fault);
            }
            else if (!first.TryAdd(name, row.Row))
            {
                faults.Add(row.Row, LabelTable.Clip, $"'{row.Clip}' has a row already, row {first[name]}");
            }

            if (!CorpusLabels.Own.TryIndexOf(row.Emotion, out var label))
            {
                faults.Add(row.Row, LabelTable.Emotion, row.Emotion.Length == 0 ? $"is empty: say one of {Allowed}" : $"'{row.Emotion}' is none: say one of {Allowed}");
            }

            if (row.Subject.Length is 0 or > MaximumSubjectLength)
            {
                faults.Add(row.Row, LabelTable.Subject, row.Subject.Length == 0
                    ? "is empty: say who it is, by any name, since no one may be both learned from and tested with"
                    : $"is longer than {MaximumSubjectLength} characters");
            }

            clips.Add(new OwnClip(row.Row, name, files.GetValueOrDefault(name, ""), label, row.Subject));
        }

        if (rows.Count > options.MaximumClips)
        {
            faults.Add(rows[options.MaximumClips].Row, "", $"there are {rows.Count} rows, and at most {options.MaximumClips} are taken");
        }
        else if (rows.Count == 0 && faults.Kept.Count == 0)
        {
            faults.Add(0, "", $"{LabelTable.FileName} has no row behind its heading");
        }

        foreach (var name in files.Keys.Where(name => !first.ContainsKey(name) && Endings.Contains(Path.GetExtension(name).ToLowerInvariant())).Order(StringComparer.Ordinal))
        {
            faults.Add(0, "", $"the clip '{name}' has no row in {LabelTable.FileName}");
        }

        return clips;
    }

    private static string? Fault(string name) => name switch
    {
        "" => "is empty: say the clip's path in the corpus",
        _ when name.StartsWith('/') || (name.Length > 1 && name[1] == ':') || name.Split('/').Contains("..") => $"'{name}' leaves the corpus: say a path within it",
        LabelTable.FileName => "is the table itself",
        _ => null,
    };

    private static void RequireLabels(List<OwnClip> clips, IReadOnlyDictionary<string, SubjectPart> parts, CorpusFaults faults)
    {
        var shown = clips.ToLookup(clip => clip.Label, clip => parts[clip.Subject]);
        if (shown.Count < 2)
        {
            faults.Add(0, "", $"all clips are '{EmotionLabels.Names[shown.Single().Key]}': there must be two emotions to tell apart");
        }

        foreach (var label in shown.Where(label => !label.Contains(SubjectPart.Training)))
        {
            faults.Add(0, "", $"'{EmotionLabels.Names[label.Key]}' is shown only by people who are kept for testing and choosing: let more people show it, or leave it out");
        }
    }

    // By path in the folder, with slashes. Links are not followed, so that everything here lies in the folder.
    private static Dictionary<string, string> Files(string folder)
    {
        var real = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MaxRecursionDepth = 16 };
        return Directory.EnumerateFiles(folder, "*", real)
            .ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), StringComparer.Ordinal);
    }

    private static async Task<string> DigestAsync(byte[] table, IReadOnlyList<OwnClip> clips, CancellationToken cancellationToken)
    {
        List<(string, string)> files = [(LabelTable.FileName, DataDigest.Of(table))];
        foreach (var clip in clips)
        {
            await using var file = File.OpenRead(clip.File);
            files.Add((clip.Name, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken))));
        }

        return DataDigest.Of(files);
    }
}
