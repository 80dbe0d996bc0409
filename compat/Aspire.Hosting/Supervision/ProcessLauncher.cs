using System.Collections.Concurrent;
using System.Diagnostics;

namespace Aspire.Hosting.Supervision;

/// <summary>
/// Starts processes that cannot outlive this one. Each leads a session of its own, so that Ctrl-C on the terminal reaches only the
/// supervisor, which then stops them in order; and the kernel sends it SIGTERM when its parent dies, be it by SIGKILL.
/// </summary>
/// <remarks>
/// For the kernel the parent is the thread that forked. Threads of the pool come and go, so one thread forks everything and lives
/// as long as this object.
/// </remarks>
internal sealed class ProcessLauncher : IDisposable
{
    private const int MostPendingStarts = 256;
    private static readonly string[] Wrapper = ["setsid", "setpriv", "--pdeathsig", "TERM", "--"];

    private readonly BlockingCollection<Action> _starts = new(MostPendingStarts);
    private readonly bool _wrapped = OperatingSystem.IsLinux() && FindInPath("setsid") is not null && FindInPath("setpriv") is not null;

    public ProcessLauncher() => new Thread(Serve) { IsBackground = true, Name = "process launcher" }.Start();

    /// <exception cref="DistributedApplicationException">There is no such program or folder.</exception>
    public Task<ChildProcess> StartAsync(
        LaunchPlan plan, IEnumerable<string> moreArguments, IEnumerable<KeyValuePair<string, string>> environment, Action<string> onOutput)
    {
        var program = FindInPath(plan.Command)
            ?? throw new DistributedApplicationException($"There is no program '{plan.Command}'; looked in {Environment.GetEnvironmentVariable("PATH")}.");
        if (!Directory.Exists(plan.WorkingDirectory))
            throw new DistributedApplicationException($"The working directory {plan.WorkingDirectory} does not exist.");

        string[] commandLine = [.. _wrapped ? Wrapper : [], program, .. plan.Arguments, .. moreArguments];
        var start = new ProcessStartInfo(commandLine[0], commandLine[1..])
        {
            WorkingDirectory = plan.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var started = new TaskCompletionSource<ChildProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        _starts.Add(() =>
        {
            try
            {
                started.SetResult(new ChildProcess(start, leadsGroup: _wrapped, onOutput));
            }
            catch (Exception exception)
            {
                started.SetException(exception);
            }
        });
        return started.Task;
    }

    /// <summary>Only when every child has ended: with the thread goes what is left of them.</summary>
    public void Dispose() => _starts.CompleteAdding();

    private void Serve()
    {
        foreach (var start in _starts.GetConsumingEnumerable())
            start();
        _starts.Dispose();
    }

    private static string? FindInPath(string command) =>
        command.Contains('/')
            ? File.Exists(command) ? command : null
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
                .Select(folder => Path.Combine(folder, command)).FirstOrDefault(File.Exists);
}
