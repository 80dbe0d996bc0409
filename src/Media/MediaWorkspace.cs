namespace Emotion.Media;

/// <summary>
/// A private folder (mode 0700) of this process, with a folder per clip under it. A lock that the kernel drops when the process
/// ends tells the next start which folders a crash has left behind; it deletes them.
/// </summary>
internal sealed class MediaWorkspace : IDisposable
{
    private const string Prefix = "emotion-media-";
    private const string LockName = "lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private readonly FileStream _lock;

    public MediaWorkspace(string parent)
    {
        parent = parent.Length > 0 ? parent : Path.GetTempPath();
        Directory.CreateDirectory(parent);
        SweepAbandoned(parent);

        Root = Path.Combine(parent, Prefix + Path.GetRandomFileName()[..8]);
        CreatePrivate(Root);
        _lock = new FileStream(Path.Combine(Root, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
    }

    public string Root { get; }

    /// <summary>A new folder that disposal deletes with all that is in it.</summary>
    public WorkFolder CreateFolder() => new(Path.Combine(Root, Path.GetRandomFileName()[..8]));

    public void Dispose()
    {
        // The lock last: without it the folder is anybody's who starts just now, and both would delete it.
        using (_lock)
        {
            Delete(Root);
        }
    }

    internal static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The guards around ffmpeg are made of what Linux and macOS offer.");
        }

        Directory.CreateDirectory(folder, OwnerOnly);
    }

    internal static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void SweepAbandoned(string parent)
    {
        foreach (var folder in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            try
            {
                if (IsAbandoned(folder))
                {
                    Delete(folder);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use by a living process, another user's, or another sweeper was faster: not ours to delete.
            }
        }
    }

    private static bool IsAbandoned(string folder)
    {
        var path = Path.Combine(folder, LockName);
        if (!File.Exists(path))
        {
            // Either just being made or half deleted.
            return TimeProvider.System.GetUtcNow() - Directory.GetCreationTimeUtc(folder) > Grace;
        }

        using var taken = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return true;
    }
}

/// <summary>A private folder of one clip; disposal deletes it.</summary>
public sealed class WorkFolder : IDisposable
{
    internal WorkFolder(string path)
    {
        FullName = path;
        MediaWorkspace.CreatePrivate(path);
    }

    public string FullName { get; }

    public string PathOf(string name) => Path.Combine(FullName, name);

    public void Dispose() => MediaWorkspace.Delete(FullName);
}
