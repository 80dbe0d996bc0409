using Emotion.Gateway.Keys;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>A place among what is bounded. Disposing it gives the place back, once.</summary>
public sealed class Admission(Action giveBack) : IDisposable
{
    private Action? _giveBack = giveBack;

    public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke();
}

/// <summary>
/// How many analyses may be under way, and who looks for the next one. Places are taken before a clip is read, so what is kept of clips is
/// bounded by places times the byte limit, and a caller who cannot be served does not upload for nothing.
/// </summary>
public sealed class AnalysisQueue(JobStore store, DiskRoom room, IOptions<GatewayOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock) : IDisposable
{
    private readonly GatewayOptions _options = options.Value;

    // At least as often as something was put there; a lane that wakes for nothing looks once more.
    private readonly SemaphoreSlim _signals = new(0);
    private readonly Dictionary<string, int> _uploadingOf = new(StringComparer.Ordinal);
    private int _uploading;

    /// <summary>Clips that still arrive here.</summary>
    public int Uploading => Volatile.Read(ref _uploading);

    private int Places => _options.ConcurrentAnalyses + _options.QueueLength;

    /// <param name="caller">Whose it is: a key may have limits of its own.</param>
    /// <param name="isKnown">It may turn out to be an analysis that is there already, which needs no place but for its upload.</param>
    /// <exception cref="RefusedException">All places are taken, or as many as the key may have, or the disk is full, or the gateway stops.</exception>
    public async Task<Admission> AdmitAsync(Caller caller, bool isKnown, CancellationToken cancellationToken)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RefusedException(Refusal.Stopping);
        }

        room.Require();

        // Uploads first: one that ends in between is counted twice rather than not at all.
        var uploading = Interlocked.Increment(ref _uploading);
        var own = CountUpload(caller.Key, 1);
        var admission = new Admission(() =>
        {
            Interlocked.Decrement(ref _uploading);
            CountUpload(caller.Key, -1);
        });
        try
        {
            if (!isKnown && caller.Limits is { } limits && own + await store.CountUnderWayAsync(caller.Key, cancellationToken) > limits.ConcurrentAnalyses)
            {
                throw new RefusedException(new Refusal(
                    StatusCodes.Status429TooManyRequests, "too-many-at-once", $"The key may have {limits.ConcurrentAnalyses:N0} analyses under way, and has them. Wait for one to end.")
                {
                    RetryAfter = _options.RetryAfter,
                });
            }

            var underWay = isKnown ? 0 : await store.CountUnderWayAsync(cancellationToken);
            return uploading + underWay <= Places
                ? admission
                : throw new RefusedException(new Refusal(
                    StatusCodes.Status503ServiceUnavailable, "queue-full", $"{Places} analyses are under way already. Try again later.")
                {
                    RetryAfter = _options.RetryAfter,
                });
        }
        catch
        {
            admission.Dispose();
            throw;
        }
    }

    /// <returns>How many clips of the key arrive here.</returns>
    private int CountUpload(string key, int more)
    {
        lock (_uploadingOf)
        {
            var count = _uploadingOf.GetValueOrDefault(key) + more;
            if (count > 0)
            {
                _uploadingOf[key] = count;
            }
            else
            {
                _uploadingOf.Remove(key);
            }

            return count;
        }
    }

    /// <summary>Something waits.</summary>
    public void Wake() => _signals.Release();

    /// <summary>Until something was put there by this gateway, or this time is over: others put there too.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var woken = _signals.WaitAsync(over.Token);
        await Task.WhenAny(woken, Task.Delay(longest, clock, over.Token));
        await over.CancelAsync();
        await woken.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose() => _signals.Dispose();
}
