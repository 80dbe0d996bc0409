namespace Emotion.Training.Packaging;

/// <summary>The commit that the working tree is at, read from git's own files.</summary>
public static class GitCommit
{
    /// <summary><c>unknown</c> outside of a repository.</summary>
    public static string Of(string repository)
    {
        var folder = Path.Combine(repository, ".git");
        if (File.Exists(folder))
        {
            // A worktree: the file says "gitdir: PATH".
            folder = File.ReadAllText(folder)["gitdir:".Length..].Trim();
        }

        var head = Path.Combine(folder, "HEAD");
        if (!File.Exists(head))
        {
            return "unknown";
        }

        var text = File.ReadAllText(head).Trim();
        return text.StartsWith("ref: ", StringComparison.Ordinal) ? Resolve(folder, text["ref: ".Length..]) : text;
    }

    private static string Resolve(string folder, string reference)
    {
        var common = Path.Combine(folder, "commondir");
        var shared = File.Exists(common) ? Path.GetFullPath(Path.Combine(folder, File.ReadAllText(common).Trim())) : folder;
        foreach (var place in new[] { folder, shared })
        {
            if (File.Exists(Path.Combine(place, reference)))
            {
                return File.ReadAllText(Path.Combine(place, reference)).Trim();
            }
        }

        var packed = Path.Combine(shared, "packed-refs");
        var line = File.Exists(packed)
            ? File.ReadLines(packed).FirstOrDefault(row => row.EndsWith(" " + reference, StringComparison.Ordinal))
            : null;
        return line?[..line.IndexOf(' ')] ?? "unknown";
    }
}
