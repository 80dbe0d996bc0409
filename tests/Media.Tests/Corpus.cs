namespace Emotion.Media.Tests;

/// <summary>Where the recordings of ../shared lie; tests that need them carry the trait <c>needs=corpus</c>.</summary>
internal static class Corpus
{
    public static string Data => Folder("EMOTION_DATA", "data");

    public static string Clips => Folder("EMOTION_CLIPS", "clips");

    private static string Folder(string variable, string name)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set)
        {
            return set;
        }

        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Directory.Build.props")))
        {
            root = root.Parent;
        }

        return Path.Combine(root?.Parent?.FullName ?? AppContext.BaseDirectory, "shared", name);
    }
}
