namespace Emotion.ModelRegistry.Packages;

/// <summary>What was deleted of a cache of packages, and what was to be and could not; both by their paths in it.</summary>
public sealed record CacheTidied(IReadOnlyList<string> Deleted, IReadOnlyList<string> Kept);

/// <summary>
/// Fetched versions, <c>NAME/VERSION</c>, in a folder that processes may share. That a version is in use is told by the time of its folder: whoever fetches it or
/// has it loaded sets that anew. A process that is gone so has no say any more, and nobody has to hold a lock for as long as a model lives.
/// </summary>
internal sealed class PackageCache(ModelRegistryOptions options, TimeProvider clock)
{
    private const string Unused = ".unused-";

    /// <summary>What ends so was never, or is no more, a version: it is on its way in or out, or was when its process was killed.</summary>
    private static readonly string[] Passing = [".fetching-", ".damaged-", Unused];

    /// <summary>Longer than any fetch.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private readonly string _root = Path.GetFullPath(options.CacheDirectory);

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    public string PathOf(string name, string version) => Path.Combine(_root, name, version);

    /// <summary>Nobody deletes it for a while.</summary>
    public void Use(string name, string version)
    {
        try
        {
            Directory.SetLastWriteTimeUtc(PathOf(name, version), Now);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Not there, or another user's.
        }
    }

    /// <summary>Deletes what was left behind for a day, and of a cache that is too large the versions that were used least recently.</summary>
    /// <param name="unusedFor">Longer than a fetch and a load take, and than anybody who has it loaded lets pass before saying so again.</param>
    public CacheTidied Tidy(TimeSpan unusedFor)
    {
        List<string> deleted = [], kept = [];
        var folders = Folders();
        foreach (var left in folders.Where(folder => IsLeft(folder.Name) && folder.LastWriteTimeUtc < Now - Abandoned))
        {
            Try(left, () =>
            {
                left.Delete(recursive: true);
                return true;
            });
        }

        var before = Now - unusedFor;
        var versions = folders.Where(folder => PackageVersion.IsValid(folder.Name)).Select(folder => (Folder: folder, Bytes: BytesOf(folder), UsedAt: folder.LastWriteTimeUtc)).ToList();
        var bytes = versions.Sum(version => version.Bytes);
        foreach (var (folder, size, _) in versions.Where(version => version.UsedAt < before).OrderBy(version => version.UsedAt))
        {
            if (bytes <= options.MaxCacheBytes)
            {
                break;
            }

            bytes -= Try(folder, () => TryDelete(folder.FullName, before)) ? size : 0;
        }

        return new CacheTidied(deleted, kept);

        bool Try(DirectoryInfo folder, Func<bool> delete)
        {
            var name = Path.GetRelativePath(_root, folder.FullName);
            try
            {
                if (!delete())
                {
                    return false;
                }

                deleted.Add(name);
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                return true; // Another process was faster.
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                kept.Add(name);
                return false;
            }
        }
    }

    /// <summary>Out of everybody's sight at once, then in peace.</summary>
    /// <param name="before">It was used last.</param>
    /// <returns>False where somebody takes it up in this very moment.</returns>
    internal static bool TryDelete(string directory, DateTime before)
    {
        var aside = directory + Unused + Guid.NewGuid().ToString("n")[..8];
        Directory.Move(directory, aside);
        if (Directory.GetLastWriteTimeUtc(aside) >= before)
        {
            PutBack(aside, directory);
            return false;
        }

        Directory.Delete(aside, recursive: true);
        return true;
    }

    private static void PutBack(string aside, string directory)
    {
        try
        {
            Directory.Move(aside, directory);
        }
        catch (IOException) when (Directory.Exists(directory))
        {
            Directory.Delete(aside, recursive: true); // It was fetched anew already.
        }
    }

    private static bool IsLeft(string name) =>
        name.IndexOf('.', StringComparison.Ordinal) is var dot and > 0
        && PackageVersion.IsValid(name[..dot]) && Passing.Any(ending => name.AsSpan(dot).StartsWith(ending, StringComparison.Ordinal));

    private static long BytesOf(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        }
        catch (IOException)
        {
            return 0; // Another process deletes it.
        }
    }

    /// <summary>Of all models.</summary>
    private List<DirectoryInfo> Folders()
    {
        try
        {
            return [.. new DirectoryInfo(_root).EnumerateDirectories()
                .Where(model => RegistryNames.IsValidModel(model.Name))
                .SelectMany(model => model.EnumerateDirectories())];
        }
        catch (DirectoryNotFoundException)
        {
            return []; // Nothing was fetched yet.
        }
    }
}
