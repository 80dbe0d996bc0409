using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emotion.Training.Loop;

namespace Emotion.Training.Runs;

/// <summary>
/// The folder of runs, which is all the memory there is: whoever looks after runs, a service or a command, reads it anew each time and writes under one lock, so
/// any of them may end at any time.
/// </summary>
public sealed partial class RunStore(TrainingRunsOptions options)
{
    private const string RecordName = "run.json", LockName = "runs.lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20), LongestWait = TimeSpan.FromMinutes(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Root { get; } = options.RunsFolder;

    public string FolderOf(string id) => Path.Combine(Root, id);

    /// <summary>What <c>train --run</c> and <c>export --run</c> take.</summary>
    public RunFolder TrainingOf(string id) => new(Path.Combine(FolderOf(id), "training"));

    public string RecipeOf(string id) => Path.Combine(FolderOf(id), "recipe.json");

    public string LogOf(string id) => Path.Combine(FolderOf(id), "log.txt");

    /// <summary>Holds the exit status, once the process has ended by itself.</summary>
    public string ExitOf(string id) => Path.Combine(FolderOf(id), "exit");

    /// <summary>The one who may change anything, until disposed.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
    {
        CreateFolder(Root);
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Root, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (waited.Elapsed < LongestWait)
            {
                // Another process, or another call of this one, has it for a moment.
                await Task.Delay(LockPause, cancellationToken);
            }
        }
    }

    /// <exception cref="RunRefusedException">There is no such run.</exception>
    public RunRecord Read(string id) => IdPattern().IsMatch(id) && TryRead(id) is { } record
        ? record
        : throw new RunRefusedException(RunRefusal.NotFound, $"There is no run '{id}'.");

    /// <summary>The newest first.</summary>
    public IReadOnlyList<RunRecord> ReadAll() => !Directory.Exists(Root) ? [] :
    [
        .. Directory.EnumerateDirectories(Root).Select(folder => Path.GetFileName(folder)).Where(id => IdPattern().IsMatch(id))
            .Select(TryRead).OfType<RunRecord>().OrderByDescending(record => record.Created).ThenByDescending(record => record.Id, StringComparer.Ordinal),
    ];

    public void Write(RunRecord record)
    {
        var path = Path.Combine(FolderOf(record.Id), RecordName);
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(record, Json));
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>A folder for a run that is being prepared; it counts for nothing before it has a record.</summary>
    public string Create(TimeProvider time)
    {
        var id = $"{time.GetUtcNow():yyyyMMdd-HHmmss}-{Guid.NewGuid():N}"[..24];
        CreateFolder(FolderOf(id));
        return id;
    }

    // Corpora and recipes may be nobody else's business.
    private static void CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Runs are bounded and found again by what Linux offers.");
        }

        Directory.CreateDirectory(folder, OwnerOnly);
    }

    private RunRecord? TryRead(string id)
    {
        var path = Path.Combine(FolderOf(id), RecordName);
        return File.Exists(path) ? JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), Json) : null;
    }

    [GeneratedRegex("^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$")]
    private static partial Regex IdPattern();
}
