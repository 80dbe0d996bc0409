using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Supervision;

/// <summary>A started process: its output, its end, and the ways to end it.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan OutputAfterExit = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly bool _leadsGroup;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _output;

    public ChildProcess(ProcessStartInfo start, bool leadsGroup, Action<string> onOutput)
    {
        _leadsGroup = leadsGroup;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _exited.TrySetResult(_process.ExitCode);
        _process.Start();
        Id = _process.Id;
        _process.StandardInput.Close();
        _output = Task.WhenAll(ReadAsync(_process.StandardOutput, onOutput), ReadAsync(_process.StandardError, onOutput));
    }

    public int Id { get; }

    /// <summary>Ends with the exit code, and does not wait for grandchildren that hold the output open.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>SIGTERM, and SIGKILL for the whole group after <paramref name="timeout" /> or when <paramref name="killNow" /> says so.</summary>
    public async Task StopAsync(TimeSpan timeout, TimeProvider time, CancellationToken killNow)
    {
        Signal(Id, SigTerm);
        await Task.WhenAny(Exited, Task.Delay(timeout, time, killNow));
        await EndGroupAsync();
    }

    /// <summary>Kills what is left of the group, then collects the last output.</summary>
    public async Task EndGroupAsync()
    {
        if (_leadsGroup)
            Signal(-Id, SigKill);
        if (!Exited.IsCompleted)
            _process.Kill(entireProcessTree: true);
        await Exited;
        await Task.WhenAny(_output, Task.Delay(OutputAfterExit));
    }

    public void Dispose() => _process.Dispose();

    private static async Task ReadAsync(StreamReader reader, Action<string> onOutput)
    {
        while (await reader.ReadLineAsync() is { } line)
            onOutput(line);
    }

    /// <summary>A process that is gone already needs no signal: the result is not looked at.</summary>
    private static void Signal(int id, int signal) => _ = Kill(id, signal);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int id, int signal);
}
