using System.Threading.Channels;
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

    // Unbounded by itself: whoever writes holds one of the places.
    private readonly Channel<AnalysisJob> _waiting = Channel.CreateUnbounded<AnalysisJob>();

    public int FreePlaces => _places.CurrentCount;

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
        if (!_waiting.Writer.TryWrite(job))
        {
            throw new RefusedException(Refusal.Stopping);
        }
    }

    public IAsyncEnumerable<AnalysisJob> TakeAsync(CancellationToken cancellationToken) => _waiting.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Takes no more; what waits is still handed out.</summary>
    public void Close() => _waiting.Writer.TryComplete();
}
