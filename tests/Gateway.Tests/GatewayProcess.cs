using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Emotion.Gateway.Tests;

/// <summary>The gateway as a process of its own, that can be killed at any moment and started again.</summary>
public sealed partial class GatewayProcess(IReadOnlyDictionary<string, string?> settings) : IAsyncDisposable
{
    private readonly object _lock = new();
    private readonly List<string> _log = [];
    private Process? _process;

    /// <summary>Of the last start; another one after each.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    /// <summary>Its resident memory in MB, told by the kernel: now, and the most since <see cref="ForgetPeak"/>.</summary>
    public (double Now, double Peak) Memory
    {
        get
        {
            var lines = File.ReadAllLines($"/proc/{_process!.Id}/status");
            double Read(string name) => double.Parse(lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
            return (Read("VmRSS:"), Read("VmHWM:"));
        }
    }

    public void ForgetPeak() => File.WriteAllText($"/proc/{_process!.Id}/clear_refs", "5");

    /// <summary>Until it listens; a system that is just being built may not answer yet.</summary>
    public async Task StartAsync()
    {
        var listens = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Emotion.Gateway.dll"), "--urls", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information"; // Tells the address.
        _process = Process.Start(start)!;
        void Hear(object sender, DataReceivedEventArgs line)
        {
            lock (_lock)
            {
                _log.Add(line.Data ?? "");
            }

            if (line.Data is null)
            {
                listens.TrySetException(new InvalidOperationException(string.Join('\n', Log())));
            }
            else if (Listening().Match(line.Data) is { Success: true } match)
            {
                listens.TrySetResult(new Uri(match.Groups[1].Value));
            }
        }

        _process.OutputDataReceived += Hear;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_lock)
            {
                _log.Add(line.Data ?? "");
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Address = await listens.Task.WithinMinutes(3);
    }

    /// <summary>As by <c>kill -9</c>: nothing of it runs another line.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>What it said, over all its lives; the last lines.</summary>
    public IReadOnlyList<string> Log()
    {
        lock (_lock)
        {
            return [.. _log.TakeLast(60)];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
