using Emotion.Inference;

namespace Emotion.Serving;

/// <summary>Lets so many calls compute at once and so many wait; one more is refused.</summary>
/// <param name="name">Of what they call, for the refusal.</param>
public sealed class CallLimiter(string name, int atOnce, int waiting) : IDisposable
{
    private readonly SemaphoreSlim _room = new(atOnce);
    private int _inside;

    /// <summary>A place among those that wait, before anything of the call is in memory.</summary>
    /// <returns>The place, given back when disposed.</returns>
    /// <exception cref="QueueFullException">Nobody may wait any more.</exception>
    public Place Admit()
    {
        if (Interlocked.Increment(ref _inside) > waiting + atOnce)
        {
            Interlocked.Decrement(ref _inside);
            throw new QueueFullException(name, waiting);
        }

        return new Place(this);
    }

    /// <summary>A place among those that compute, as soon as one is free.</summary>
    /// <returns>The place, given back when disposed.</returns>
    /// <exception cref="QueueFullException">Nobody may wait any more.</exception>
    public async Task<Place> EnterAsync(CancellationToken cancellationToken)
    {
        var place = Admit();
        try
        {
            await place.ComputeAsync(cancellationToken);
            return place;
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    public void Dispose() => _room.Dispose();

    /// <summary>Of one call; of one thread at a time.</summary>
    public sealed class Place(CallLimiter limiter) : IDisposable
    {
        private bool _computes, _left;

        /// <summary>Waits until it may compute; then it does until it rests or is disposed.</summary>
        public async Task ComputeAsync(CancellationToken cancellationToken)
        {
            await limiter._room.WaitAsync(cancellationToken);
            _computes = true;
        }

        /// <summary>Lets another one compute, as while it reads or writes: a caller that dawdles must keep nobody from computing.</summary>
        public void Rest()
        {
            if (_computes)
            {
                _computes = false;
                limiter._room.Release();
            }
        }

        public void Dispose()
        {
            if (_left)
            {
                return;
            }

            _left = true;
            Rest();
            Interlocked.Decrement(ref limiter._inside);
        }
    }
}
