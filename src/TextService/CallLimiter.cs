using Emotion.Inference;
using Microsoft.Extensions.Options;

namespace Emotion.TextService;

/// <summary>Lets so many calls compute at once and so many wait; one more is refused.</summary>
/// <param name="name">Of what they call, for the refusal.</param>
public sealed class CallLimiter(string name, int atOnce, int waiting) : IDisposable
{
    private readonly SemaphoreSlim _room = new(atOnce);
    private int _inside;

    /// <returns>The place, given back when disposed.</returns>
    /// <exception cref="QueueFullException">Nobody may wait any more.</exception>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > waiting + atOnce)
        {
            Interlocked.Decrement(ref _inside);
            throw new QueueFullException(name, waiting);
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

/// <summary>One limit for each of the calls: reading a few sentences must not wait until a long recording is written down.</summary>
public sealed class CallLimits(IOptions<TextServiceOptions> options) : IDisposable
{
    public CallLimiter Transcribe { get; } = new("transcribe", options.Value.CallsAtOnce, options.Value.CallsWaiting);

    public CallLimiter Classify { get; } = new("classify", options.Value.ClassifyCallsAtOnce, options.Value.ClassifyCallsWaiting);

    public void Dispose()
    {
        Transcribe.Dispose();
        Classify.Dispose();
    }
}
