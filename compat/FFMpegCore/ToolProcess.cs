using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using FFMpegCore.Exceptions;

namespace FFMpegCore;

/// <summary>One ffmpeg or ffprobe process, started from an argument list, its output read with bounds.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    private const int ErrorLimit = 64 * 1024;
    private const int LineLimit = 64 * 1024;
    private const int KillSignal = 9;
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _errors;
    private readonly StringBuilder _errorText = new();

    private ToolProcess(Process process, Func<StreamReader, Task> readOutput, Action<string>? onError)
    {
        _process = process;
        _output = readOutput(process.StandardOutput);
        _errors = ReadLinesAsync(process.StandardError, line =>
        {
            KeepError(line);
            onError?.Invoke(line);
        });
    }

    public string ErrorText
    {
        get
        {
            lock (_errorText)
            {
                return _errorText.ToString().TrimEnd();
            }
        }
    }

    /// <exception cref="FFMpegException">The program is not there.</exception>
    public static ToolProcess Start(
        string fileName, string arguments, FFOptions options, Func<StreamReader, Task> readOutput, Action<string>? onError = null)
    {
        var start = new ProcessStartInfo(fileName)
        {
            WorkingDirectory = options.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = options.Encoding,
            StandardErrorEncoding = options.Encoding,
            UseShellExecute = false,
        };
        foreach (var argument in CommandLine.Split(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return new ToolProcess(Process.Start(start)!, readOutput, onError);
        }
        catch (Win32Exception exception)
        {
            throw new FFMpegException(
                FFMpegExceptionType.Operation, $"{Path.GetFileName(fileName)} was not found on your system: {exception.Message}", exception);
        }
    }

    /// <summary>Reads lines, ended by \n or \r; the rest of a line beyond 64 KiB counts as the next line.</summary>
    public static async Task ReadLinesAsync(StreamReader reader, Action<string> onLine)
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        int read;
        while ((read = await reader.ReadAsync(buffer.AsMemory()).ConfigureAwait(false)) > 0)
        {
            for (var i = 0; i < read; i++)
            {
                var ends = buffer[i] is '\n' or '\r';
                if (!ends)
                {
                    line.Append(buffer[i]);
                }

                if (line.Length > 0 && (ends || line.Length >= LineLimit))
                {
                    onLine(line.ToString());
                    line.Clear();
                }
            }
        }

        if (line.Length > 0)
        {
            onLine(line.ToString());
        }
    }

    /// <summary>Completes when the process has ended and its output is read.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        // A grandchild may have inherited the pipes and hold them open; the tool itself has said all by now.
        var drained = Task.WhenAll(_output, _errors);
        if (await Task.WhenAny(drained, Task.Delay(DrainLimit)).ConfigureAwait(false) == drained)
        {
            await drained.ConfigureAwait(false);
        }

        return _process.ExitCode;
    }

    public void AskToQuit()
    {
        try
        {
            _process.StandardInput.WriteLine("q");
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has closed its input; killing is what remains.
        }
    }

    /// <summary>Ends the process, its descendants, and what else is in its group where it leads one.</summary>
    public void Kill()
    {
        if (GetProcessGroup(_process.Id) == _process.Id)
        {
            _ = SendSignal(-_process.Id, KillSignal);
        }

        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }

    public void Dispose() => _process.Dispose();

    private void KeepError(string line)
    {
        lock (_errorText)
        {
            _errorText.Append(line).Append('\n');
            if (_errorText.Length > ErrorLimit)
            {
                _errorText.Remove(0, _errorText.Length - ErrorLimit);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "getpgid", SetLastError = true)]
    private static partial int GetProcessGroup(int processId);
}
