namespace Aspire.Hosting.Supervision;

/// <summary>Whether a resource is wanted, turned by people while it runs. Thread-safe.</summary>
internal sealed class RunSwitch(bool on) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _on = on;
    private CancellationTokenSource _run = new();
    private TaskCompletionSource _turnedOn = NewSignal();

    public bool IsOn
    {
        get
        {
            lock (_lock)
                return _on;
        }
    }

    /// <summary>Waits until it is wanted.</summary>
    /// <returns>Cancelled when that run is to end.</returns>
    public async Task<CancellationToken> WaitUntilOnAsync(CancellationToken stopping)
    {
        while (true)
        {
            Task turnedOn;
            lock (_lock)
            {
                if (_on)
                {
                    if (_run.IsCancellationRequested)
                    {
                        _run.Dispose();
                        _run = new CancellationTokenSource();
                    }

                    return _run.Token;
                }

                turnedOn = _turnedOn.Task;
            }

            await turnedOn.WaitAsync(stopping);
        }
    }

    /// <returns>False where it is on already.</returns>
    public bool TurnOn()
    {
        lock (_lock)
        {
            if (_on)
                return false;
            _on = true;
            _turnedOn.SetResult();
            _turnedOn = NewSignal();
            return true;
        }
    }

    /// <summary>Ends the run.</summary>
    /// <returns>False where it is off already.</returns>
    public bool TurnOff()
    {
        lock (_lock)
        {
            if (!_on)
                return false;
            _on = false;
            _run.Cancel();
            return true;
        }
    }

    /// <summary>Ends the run, and has another.</summary>
    public void Restart()
    {
        if (TurnOff() || !IsOn)
            TurnOn();
    }

    /// <summary>The run has ended by itself.</summary>
    public void Ended()
    {
        lock (_lock)
            _on = false;
    }

    public void Dispose() => _run.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
