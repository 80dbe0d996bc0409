namespace Emotion.Training.Datasets;

/// <summary>Where corpora and caches lie. Corpora are never ours to commit; caches may be deleted at any time.</summary>
public sealed record DataRoot(string Corpora, string Cache)
{
    public const string Variable = "EMOTION_DATA", ClipsVariable = "EMOTION_CLIPS";

    /// <summary>Labelled clips of real people, a test set: <c>labelled</c> in <c>EMOTION_CLIPS</c>, else in <c>../shared/clips</c> beside the repository.</summary>
    public string LabelledClips { get; init; } = Path.GetFullPath(Path.Combine(
        Environment.GetEnvironmentVariable(ClipsVariable) is { Length: > 0 } set ? set : Path.Combine(RepositoryRoot(), "..", "shared", "clips"), "labelled"));

    /// <summary>A corpus of one's own, for recipes that learn from one; null where none is given.</summary>
    public OwnCorpusSource? Own { get; init; }

    /// <summary><c>EMOTION_DATA</c>, else <c>../shared/data</c> beside the repository; caches under <c>.emotion/cache</c> in it.</summary>
    public static DataRoot FromEnvironment()
    {
        var repository = RepositoryRoot();
        var corpora = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set
            ? Path.GetFullPath(set)
            : Path.GetFullPath(Path.Combine(repository, "..", "shared", "data"));
        return new DataRoot(corpora, Path.Combine(repository, ".emotion", "cache"));
    }

    /// <summary>The nearest folder upwards that holds <c>Directory.Build.props</c>, from here or from the program.</summary>
    public static string RepositoryRoot()
    {
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Directory.Build.props")))
                {
                    return folder.FullName;
                }
            }
        }

        return Directory.GetCurrentDirectory();
    }

    /// <exception cref="CorpusException">The corpus is not there.</exception>
    public string Corpus(params string[] path)
    {
        var full = Path.Combine([Corpora, .. path]);
        return Path.Exists(full)
            ? full
            : throw new CorpusMissingException($"'{full}' is missing: set {Variable} to the folder that holds the corpora.");
    }
}

/// <summary>A corpus is absent, or is not what it is taken for.</summary>
public class CorpusException(string message) : Exception(message);

/// <summary>It is absent: elsewhere the same may work.</summary>
public sealed class CorpusMissingException(string message) : CorpusException(message);
