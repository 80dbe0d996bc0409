using System.Collections.Concurrent;
using System.Diagnostics;

namespace Aspire.Hosting.Supervision;

/// <summary>
/// Starts processes that cannot outlive this one. Each leads a process group of its own, so that Ctrl-C on the terminal reaches only the
/// supervisor, which then stops them in order; and the kernel sends it SIGTERM when its parent dies, be it by SIGKILL.
/// </summary>
/// <remarks>
/// All of them stay in one session where a program is found that makes groups alone: where nobody has made control groups, Linux shares cores
/// between sessions first (autogroups), and niceness would count for nothing between the processes of one application.
/// <para/>
/// For the kernel the parent is the thread that forked. Threads of the pool come and go, so one thread forks everything and lives
/// as long as this object.
/// </remarks>
internal sealed class ProcessLauncher : IDisposable
{
    private const int MostPendingStarts = 256;
    private static readonly string[] OneWithParent = ["setpriv", "--pdeathsig", "TERM", "--"];

    /// <summary>Each becomes the program behind it, as leader of a group; the first whose program is there is taken. Perl would tell of a locale that is not installed.</summary>
    private static readonly (string Program, string[] Command)[] GroupLeaders =
    [
        ("setpgid", ["setpgid"]),
        ("perl", ["env", "PERL_BADLANG=0", "perl", "-e", "delete $ENV{PERL_BADLANG}; setpgrp(0, 0); exec { $ARGV[0] } @ARGV or die $!", "--"]),
        ("setsid", ["setsid"]),
    ];

    private readonly BlockingCollection<Action> _starts = new(MostPendingStarts);
    private readonly string[] _wrapper = OperatingSystem.IsLinux() && FindInPath("setpriv") is not null && GroupLeaders.FirstOrDefault(leader => FindInPath(leader.Program) is not null).Command is { } found
        ? [.. found, .. OneWithParent]
        : [];

    public ProcessLauncher() => new Thread(Serve) { IsBackground = true, Name = "process launcher" }.Start();

    /// <exception cref="DistributedApplicationException">There is no such program or folder.</exception>
    public Task<ChildProcess> StartAsync(
        LaunchPlan plan, IEnumerable<string> moreArguments, IEnumerable<KeyValuePair<string, string>> environment, Action<string> onOutput)
    {
        var program = FindInPath(plan.Command)
            ?? throw new DistributedApplicationException($"There is no program '{plan.Command}'; looked in {Environment.GetEnvironmentVariable("PATH")}.");
        if (!Directory.Exists(plan.WorkingDirectory))
            throw new DistributedApplicationException($"The working directory {plan.WorkingDirectory} does not exist.");

        string[] commandLine = [.. _wrapper, program, .. plan.Arguments, .. moreArguments];
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
                started.SetResult(new ChildProcess(start, leadsGroup: _wrapper.Length > 0, onOutput));
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
