using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>A place among the analyses that upload, wait or run. Disposing it gives the place back, once.</summary>
public sealed class Admission(SemaphoreSlim places) : IDisposable
{
    private SemaphoreSlim? _places = places;

    public void Dispose() => Interlocked.Exchange(ref _places, null)?.Release();
}

/// <summary>
/// The analyses that wait. Places are taken before a clip is read, so what is on disk is bounded by places times the byte limit, and
/// a caller who cannot be served does not upload for nothing.
/// </summary>
public sealed class AnalysisQueue(IOptions<GatewayOptions> options)
{
    private readonly GatewayOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.ConcurrentAnalyses + options.Value.QueueLength);
    private readonly Lock _lock = new();

    // Not bounded by itself: whoever is in it holds one of the places.
    private readonly LinkedList<AnalysisJob> _waiting = new();

    // At least as often as something waits: one that was taken out leaves its signal behind, which wakes a lane for nothing.
    private readonly SemaphoreSlim _signals = new(0);
    private bool _closed;

    public int FreePlaces => _places.CurrentCount;

    /// <summary>Analyses whose turn has not come.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <exception cref="RefusedException">All places are taken.</exception>
    public Admission Admit() => _places.Wait(TimeSpan.Zero)
        ? new Admission(_places)
        : throw new RefusedException(new Refusal(
            StatusCodes.Status503ServiceUnavailable,
            "queue-full",
            $"{_options.ConcurrentAnalyses + _options.QueueLength} analyses are under way already. Try again later.")
        {
            RetryAfter = _options.RetryAfter,
        });

    /// <exception cref="RefusedException">The gateway is stopping.</exception>
    public void Enqueue(AnalysisJob job)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw new RefusedException(Refusal.Stopping);
            }

            _waiting.AddLast(job);
        }

        _signals.Release();
    }

    /// <summary>Whoever takes it out must end it; false where it does not wait here: not yet, or no more.</summary>
    public bool TryTakeOut(AnalysisJob job)
    {
        lock (_lock)
        {
            return _waiting.Remove(job);
        }
    }

    /// <summary>Each one goes to one taker; ends when the queue is closed and empty.</summary>
    public async IAsyncEnumerable<AnalysisJob> TakeAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signals.WaitAsync(cancellationToken);
            if (TryTake(out var isOver) is { } job)
            {
                yield return job;
            }
            else if (isOver)
            {
                _signals.Release(); // For the other takers.
                yield break;
            }
        }
    }

    /// <summary>Takes no more; what waits is still handed out.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }

        _signals.Release();
    }

    private AnalysisJob? TryTake(out bool isOver)
    {
        lock (_lock)
        {
            var job = _waiting.First?.Value;
            if (job is not null)
            {
                _waiting.RemoveFirst();
            }

            isOver = job is null && _closed;
            return job;
        }
    }
}
