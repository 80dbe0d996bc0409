namespace Emotion.Inference.Sessions;

/// <summary>
/// Lets so many compute at once; the others wait their turn, those of batches behind those for whom somebody waits (<see cref="WorkPriority"/>).
/// How many may wait is up to who calls. Thread-safe.
/// </summary>
/// <param name="atOnce">That compute.</param>
/// <param name="headStart">Later ones that pass one of a batch at the most.</param>
public sealed class Turnstile(int atOnce, int headStart)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private int _free = atOnce;
    private long _arrived;

    /// <summary>Ends when it may compute; then <see cref="Leave"/> has to follow.</summary>
    /// <exception cref="OperationCanceledException">It does not want to any more.</exception>
    public Task EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var own = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return Task.CompletedTask;
            }

            _waiting.Enqueue(own, WorkPriority.Turn(ref _arrived, headStart));
        }

        return WaitAsync(own, cancellationToken);
    }

    /// <summary>Lets the next one in.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next, out _))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            _free++;
        }
    }

    private async Task WaitAsync(TaskCompletionSource own, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), own);
        try
        {
            await own.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _waiting.Remove(own, out _, out _);
            }

            throw;
        }
    }
}
