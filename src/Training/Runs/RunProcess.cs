using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Emotion.Training.Runs;

/// <summary>
/// The process of a run: a session of its own, so that it outlives whoever started it, with bounded memory and threads, what it says in its own log of a
/// bounded size, and its exit status in a file for whoever asks later.
/// </summary>
public static partial class RunProcess
{
    private const int Terminate = 15, Kill = 9;
    private const string NamePrefix = "emotion-run-";

    // The shell waits through a SIGTERM that its group gets, and so lives to write down how the training ended. RLIMIT_DATA counts what is
    // writable and private, tensors and heap alike; address space (ulimit -v) would count what .NET reserves and never uses. A log that is full becomes the
    // earlier one, and what was the earlier one is gone: the end of what a training says is what people ask for. Who writes it hears no signal, so that last words get there.
    // Niceness counts within a session, and between sessions, where nobody has made control groups, that of the session (autogroup), if it is the run's own.
    // One who is not root may be told to come again: all sessions of the machine together change ten times a second.
    internal const string Script = """
        trap : TERM INT HUP
        log=$1; exit_file=$2; full=$5
        exec >>"$log" 2>&1 </dev/null
        ulimit -c 0; ulimit -d "$3" || exit 1
        niceness=$4; shift 5
        {
          trap : TERM INT HUP
          read -r _ _ _ _ _ session _ <"/proc/$$/stat"
          for i in 1 2 3 4; do
            [ "$session" = $$ ] && [ -w /proc/self/autogroup ] || break
            { echo "$niceness" >/proc/self/autogroup; } 2>/dev/null && break
            sleep 0.1
          done
          nice -n "$niceness" "$@"
          echo $? >"$exit_file.partial" && mv "$exit_file.partial" "$exit_file"
        } 2>&1 | {
          trap '' TERM INT HUP
          while stdbuf -o0 head -c "$full" >>"$log" && head -c 1 >"$log.next" && [ -s "$log.next" ]; do
            mv "$log" "$log.earlier"
            mv "$log.next" "$log"
          done
          rm -f "$log.next"
        }
        """;

    /// <summary>Starts <c>train</c> of a run.</summary>
    public static RunProcessId Start(RunStore store, RunRecord run, TrainingRunsOptions options)
    {
        File.Delete(store.ExitOf(run.Id));
        var start = new ProcessStartInfo("setsid");
        foreach (var argument in (IEnumerable<string>)
            ["sh", "-c", Script, NamePrefix + run.Id, store.LogOf(run.Id), store.ExitOf(run.Id), $"{options.MemoryMegabytes * 1024L}", $"{options.Niceness}",
                $"{options.LogMegabytes * 1024L * 1024 / 2}", Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", typeof(RunProcess).Assembly.Location,
                "train", run.Network, .. run.Arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var threads = options.Threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["DOTNET_GCHeapHardLimit"] = (options.HeapMegabytes * 1024L * 1024).ToString("X", CultureInfo.InvariantCulture);
        start.Environment["DOTNET_PROCESSOR_COUNT"] = threads;
        start.Environment["OMP_NUM_THREADS"] = threads;
        start.Environment["OMP_WAIT_POLICY"] = "PASSIVE";
        foreach (var (name, value) in options.Corpus.ToEnvironment())
        {
            start.Environment[name] = value;
        }

        try
        {
            using var process = Process.Start(start)!;
            return new RunProcessId(process.Id, StartTicks(process.Id) ?? 0, Boot());
        }
        catch (Win32Exception failure)
        {
            throw new IOException($"The run's process could not be started: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// A run's process that goes already though its record does not say so: whoever started it was killed before it could write that down.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public static RunProcessId? Find(string runId)
    {
        // The shell leads the group; what it has started bears no name of ours.
        var found = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var number) ? number : 0)
            .FirstOrDefault(number => number > 1 && IsOf(number, NamePrefix + runId) && getpgid(number) == number);
        return found > 0 && StartTicks(found) is { } ticks ? new RunProcessId(found, ticks, Boot()) : null;
    }

    /// <summary>Whether the very process that was started is there still.</summary>
    public static bool Lives(RunProcessId process, string runId) =>
        process.Boot == Boot() && StartTicks(process.Group) == process.StartTicks && IsOf(process.Group, runId);

    /// <summary>Asks the run's processes to end.</summary>
    public static void Stop(RunProcessId process, string runId) => Signal(process, runId, Terminate);

    /// <summary>Ends the run's processes, even where the first of them has gone and left others.</summary>
    public static void End(RunProcessId process, string runId) => Signal(process, runId, Kill);

    private static void Signal(RunProcessId process, string runId, int signal)
    {
        // The number of a group is nobody else's while the group has a member, so a group whose first process has gone is still ours, within one boot.
        if (process.Group > 1 && process.Boot == Boot() && (Lives(process, runId) || !Directory.Exists($"/proc/{process.Group}")))
        {
            _ = kill(-process.Group, signal); // ESRCH: it has just ended, which is what is wanted.
        }
    }

    // "123 (a name) S 1 ...": behind the last parenthesis the fields count from 3.
    private static long? StartTicks(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsOf(int process, string runId)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Contains(runId, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string Boot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    [LibraryImport("libc")]
    private static partial int getpgid(int process);
}
