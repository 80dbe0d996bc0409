using Emotion.Inference;
using Emotion.Inference.Sessions;

namespace Emotion.Serving;

/// <summary>
/// Lets so many calls compute at once and so many wait, those of batches behind those for whom somebody waits; one more is refused. Tells how many
/// wait and were refused, zero included from the start on: who scales by it, or is to be alerted by the first one, has to see that there is none.
/// </summary>
public sealed class CallLimiter
{
    private readonly string _name;
    private readonly int _atOnce, _waiting;
    private readonly Turnstile _turns;
    private readonly KeyValuePair<string, object?> _tag;
    private int _inside;

    /// <param name="name">Of what they call, for metrics and the refusal.</param>
    /// <param name="atOnce">That compute.</param>
    /// <param name="waiting">That wait, beyond those.</param>
    public CallLimiter(string name, int atOnce, int waiting)
    {
        (_name, _atOnce, _waiting, _tag) = (name, atOnce, waiting, new("call", name));
        _turns = new Turnstile(atOnce, headStart: waiting);
        ServingInstruments.Pending.Add(0, _tag);
        ServingInstruments.Refusals.Add(0, _tag);
    }

    /// <summary>A place among those that wait, before anything of the call is in memory.</summary>
    /// <returns>The place, given back when disposed.</returns>
    /// <exception cref="QueueFullException">Nobody may wait any more.</exception>
    public Place Admit()
    {
        if (Interlocked.Increment(ref _inside) > _waiting + _atOnce)
        {
            Interlocked.Decrement(ref _inside);
            ServingInstruments.Refusals.Add(1, _tag);
            throw new QueueFullException(_name, _waiting);
        }

        ServingInstruments.Pending.Add(1, _tag);
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

    /// <summary>Of one call; of one thread at a time.</summary>
    public sealed class Place(CallLimiter limiter) : IDisposable
    {
        private bool _computes, _left;

        /// <summary>Waits until it may compute; then it does until it rests or is disposed.</summary>
        public async Task ComputeAsync(CancellationToken cancellationToken)
        {
            await limiter._turns.EnterAsync(cancellationToken);
            _computes = true;
            ServingInstruments.Pending.Add(-1, limiter._tag);
        }

        /// <summary>Lets another one compute, as while it reads or writes: a caller that dawdles must keep nobody from computing.</summary>
        public void Rest()
        {
            if (_computes)
            {
                _computes = false;
                limiter._turns.Leave();
                ServingInstruments.Pending.Add(1, limiter._tag);
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
            ServingInstruments.Pending.Add(-1, limiter._tag);
            Interlocked.Decrement(ref limiter._inside);
        }
    }
}
