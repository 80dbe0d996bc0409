using System.Diagnostics;
using System.Reflection;
using System.Xml.Linq;

namespace Emotion.Repository.Tests;

/// <summary>The files that git knows, as the tests look at them.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = typeof(RepositoryFiles).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    /// <summary>Paths relative to the root, tracked or about to be.</summary>
    public static IReadOnlyList<string> All { get; } = List();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static XDocument Project(string path) => XDocument.Parse(Read(path));

    public static IEnumerable<string> Under(string folder, string ending) =>
        All.Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal) && path.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>Runs a program to its end and gives its standard output.</summary>
    public static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Root, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string[] List()
    {
        var (exitCode, output) = Run("git", "ls-files", "--cached", "--others", "--exclude-standard");
        Assert.Equal(0, exitCode);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(Path.Combine(Root, path)))];
    }
}
