using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// The folder of one gateway (mode 0700): its name, its database and its clips. The kernel drops the lock when the process ends, however it
/// ends, so whoever holds it knows that what was begun under the same name is begun no more.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;

    /// <exception cref="InvalidOperationException">There can be no such folder, or another gateway has it.</exception>
    public DataFolder(IOptions<JobsOptions> options)
    {
        FullName = options.Value.DataFolder.Length > 0 ? Path.GetFullPath(options.Value.DataFolder) : Usual();
        try
        {
            CreatePrivate(FullName);
            _lock = new FileStream(PathOf("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"The data folder {FullName} cannot be used: {failure.Message} Give each gateway a folder of its own that it may write to: Gateway:Jobs:DataFolder.", failure);
        }

        GatewayName = NameIn(PathOf("name"));
    }

    public string FullName { get; }

    /// <summary>Of the gateway that has this folder, the same after a restart.</summary>
    public string GatewayName { get; }

    public string PathOf(string name) => Path.Combine(FullName, name);

    public void Dispose() => _lock.Dispose();

    /// <summary>Of nobody else, as far as the system can say so.</summary>
    internal static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder); // By what it inherits from the user's own folder.
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string Usual()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0
            ? Path.Combine(data, "emotion", "gateway")
            : throw new InvalidOperationException("This user has no folder for application data: set Gateway:Jobs:DataFolder.");
    }

    private static string NameIn(string path)
    {
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } name)
        {
            return name;
        }

        name = Guid.NewGuid().ToString("N");
        File.WriteAllText(path, name);
        return name;
    }
}
