using System.ComponentModel;
using System.Diagnostics;

namespace Emotion.Media;

/// <summary>A tool that has been loaded and waits for jobs (Native/preload.c). It ends, with what it runs, when this process does.</summary>
internal sealed class ReadyProcess : IDisposable
{
    private const int EndMilliseconds = 2000;

    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(30);

    private readonly Process _process;

    private ReadyProcess(Process process)
    {
        _process = process;
        Id = process.Id;
    }

    /// <summary>Jobs that it has done. Whoever owns it counts.</summary>
    public int Jobs { get; set; }

    public int Id { get; }

    public bool HasEnded => _process.HasExited;

    public static ReadyProcess Start(string folder, string command)
    {
        var start = new ProcessStartInfo("sh") { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        return new ReadyProcess(Process.Start(start)!);
    }

    /// <summary>Whether it has become ready; if not, it ends.</summary>
    public async Task<bool> WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(LoadLimit);
        await using var kill = limit.Token.Register(Kill);
        try
        {
            // One byte; what does not know of this says nothing, or something else, and ends.
            var said = new byte[1];
            return await _process.StandardOutput.BaseStream.ReadAsync(said, CancellationToken.None).ConfigureAwait(false) == 1 && said[0] == 'r';
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>It takes no new jobs and ends when it has done those that it has.</summary>
    public void Retire()
    {
        try
        {
            _process.StandardInput.BaseStream.WriteByte((byte)'\n');
            _process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // It has ended.
        }
    }

    /// <returns>Whether it had ended.</returns>
    public bool DisposeIfEnded()
    {
        if (!HasEnded)
        {
            return false;
        }

        Dispose();
        return true;
    }

    /// <summary>Ends it, and what it runs.</summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            _process.StandardOutput.Close();
        }
        catch (IOException)
        {
            // It has ended.
        }

        if (!_process.WaitForExit(EndMilliseconds))
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile.
        }
    }
}
