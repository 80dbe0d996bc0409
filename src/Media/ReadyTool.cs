using System.ComponentModel;

namespace Emotion.Media;

/// <summary>One tool kept ready: loaded at its first use, replaced when it has done its number of jobs or has died.</summary>
/// <param name="folder">Where its socket is, NAME.socket.</param>
/// <param name="name">The tool's.</param>
/// <param name="command">Makes the shell's command that starts it, of the name of the socket.</param>
/// <param name="mostJobs">Of one process.</param>
internal sealed class ReadyTool(string folder, string name, Func<string, string> command, int mostJobs) : IDisposable
{
    /// <summary>So many jobs are taken for a sign that it works: what went wrong before does not count any more.</summary>
    private const int Proof = 10;
    private const int LongestPauseSeconds = 64;

    // Longer than loading takes on a busy machine; who has waited for so long has the tool executed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly List<ReadyProcess> _replaced = [];
    private ReadyProcess? _loading;
    private ReadyProcess? _current;
    private Task? _starting;
    private long _notBefore;
    private int _failures;
    private int _started;
    private bool _disposed;

    /// <summary>The process that jobs are forked from; null where there is none.</summary>
    public int? ProcessId
    {
        get
        {
            lock (_lock)
            {
                return _current is { HasEnded: false } current ? current.Id : null;
            }
        }
    }

    /// <summary>Jobs done in all.</summary>
    public int Jobs { get; private set; }

    /// <summary>Waits where none is ready but one is being loaded. Where the present one is to be replaced, nobody waits for that.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Task? starting;
        lock (_lock)
        {
            if (_current is { HasEnded: true } dead)
            {
                _current = null;
                dead.Dispose();
                Failed("died");
            }

            if (_starting is null && !_disposed && (_current is null || _current.Jobs >= mostJobs) && Environment.TickCount64 >= _notBefore)
            {
                _starting = Task.Run(StartAsync, CancellationToken.None);
            }

            starting = _current is null ? _starting : null;
        }

        if (starting is not null)
        {
            try
            {
                await starting.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // It may still become ready, for others.
            }
        }
    }

    /// <summary>A job has been done. It may have been that of the process before, which does not matter.</summary>
    public void CountJob()
    {
        lock (_lock)
        {
            Jobs++;
            if (_current is { } current && ++current.Jobs == Proof)
            {
                _failures = 0;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            // Also what is being loaded: it would make its socket in a folder that is about to go.
            _loading?.Dispose();
            _current?.Dispose();
            foreach (var replaced in _replaced)
            {
                replaced.Dispose();
            }

            (_loading, _current) = (null, null);
            _replaced.Clear();
        }
    }

    private async Task StartAsync()
    {
        try
        {
            await LoadAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or Win32Exception)
        {
            // As the machine is out of processes, or the disk of room: the job that waits will say it better, if it is so still.
            lock (_lock)
            {
                _loading?.Dispose();
                Failed("failed");
            }
        }

        lock (_lock)
        {
            (_starting, _loading) = (null, null);
        }
    }

    private async Task LoadAsync()
    {
        var socket = $"{name}.{++_started}.socket";
        var process = ReadyProcess.Start(folder, command(socket));
        lock (_lock)
        {
            if (_disposed)
            {
                process.Dispose();
                return;
            }

            _loading = process;
        }

        var ready = await process.WaitUntilReadyAsync().ConfigureAwait(false);
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (!ready)
            {
                process.Dispose();
                Failed("failed");
                return;
            }

            // Whoever connects from now on gets the new one; the old one takes those that have connected.
            File.Move(Path.Combine(folder, socket), Path.Combine(folder, name + ".socket"), overwrite: true);
            MediaInstruments.KeptReady(name, "started");
            _replaced.RemoveAll(replaced => replaced.DisposeIfEnded());
            if (_current is { } old)
            {
                old.Retire();
                _replaced.Add(old);
            }

            _current = process;
        }
    }

    // The first time it may have been anything, as somebody's kill; then it is tried less and less often.
    private void Failed(string outcome)
    {
        MediaInstruments.KeptReady(name, outcome);
        var pause = _failures == 0 ? 0 : Math.Min(1 << Math.Min(_failures, 6), LongestPauseSeconds);
        _failures++;
        _notBefore = Environment.TickCount64 + (pause * 1000L);
    }
}
