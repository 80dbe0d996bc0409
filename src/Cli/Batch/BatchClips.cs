namespace Emotion.Cli.Batch;

/// <summary>A clip and the file that its answer goes to.</summary>
/// <param name="Name">Relative to the folder, with slashes.</param>
internal sealed record BatchClip(string Name, FileInfo File, FileInfo Answer);

/// <summary>What of a folder is a clip, by its ending: the gateway looks at the bytes.</summary>
internal static class BatchClips
{
    public static IReadOnlyList<string> Endings { get; } = [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".wav", ".mp3", ".m4a", ".ogg", ".flac"];

    /// <returns>In order of their names.</returns>
    public static IReadOnlyList<BatchClip> Find(DirectoryInfo folder, DirectoryInfo output, bool recursive)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = true };
        return
        [
            .. folder.EnumerateFiles("*", options)
                .Where(file => Endings.Contains(file.Extension, StringComparer.OrdinalIgnoreCase))
                .Select(file => (File: file, Name: Path.GetRelativePath(folder.FullName, file.FullName).Replace('\\', '/')))
                .OrderBy(one => one.Name, StringComparer.Ordinal)
                .Select(one => new BatchClip(one.Name, one.File, new FileInfo(Path.Combine(output.FullName, one.Name + ".json")))),
        ];
    }
}
