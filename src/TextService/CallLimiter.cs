using Emotion.Inference;
using Microsoft.Extensions.Options;

namespace Emotion.TextService;

/// <summary>Lets so many calls compute at once and so many wait, as the options say.</summary>
public sealed class CallLimiter(IOptions<TextServiceOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _room = new(options.Value.CallsAtOnce);
    private int _inside;

    /// <returns>The place, given back when disposed.</returns>
    /// <exception cref="QueueFullException">Nobody may wait any more.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        var (waiting, atOnce) = (options.Value.CallsWaiting, options.Value.CallsAtOnce);
        if (Interlocked.Increment(ref _inside) > waiting + atOnce)
        {
            Interlocked.Decrement(ref _inside);
            throw new QueueFullException("transcribe", waiting);
        }

        try
        {
            await _room.WaitAsync(cancellationToken);
            return new Place(this);
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
    }

    public void Dispose() => _room.Dispose();

    private sealed class Place(CallLimiter limiter) : IDisposable
    {
        public void Dispose()
        {
            limiter._room.Release();
            Interlocked.Decrement(ref limiter._inside);
        }
    }
}
