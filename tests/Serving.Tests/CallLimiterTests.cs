using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Emotion.Serving.Tests;

public sealed class CallLimiterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rest_WhoReadsBetween_LetsOthersComputeAndKeepsItsPlace()
    {
        var limiter = new CallLimiter("read", atOnce: 1, waiting: 1);
        using var reads = await limiter.EnterAsync(Token);
        var next = limiter.EnterAsync(Token);
        Assert.False(next.IsCompleted);

        reads.Rest();
        reads.Rest();

        var computes = await next;
        Assert.Throws<Inference.QueueFullException>(limiter.Admit);
        var again = reads.ComputeAsync(Token);
        Assert.False(again.IsCompleted);
        computes.Dispose();
        await again;
    }

    [Fact]
    public async Task Places_FromWaitingToLeaving_AreToldAsPendingWhileTheyDoNotCompute()
    {
        using var told = new Told("counted");
        var limiter = new CallLimiter("counted", atOnce: 1, waiting: 1);
        Assert.Equal(0, told.Pending);
        Assert.Equal(0, told.Refusals); // Told, and not just absent.

        using var waits = limiter.Admit();
        Assert.Equal(1, told.Pending);
        await waits.ComputeAsync(Token);
        Assert.Equal(0, told.Pending);
        waits.Rest();
        Assert.Equal(1, told.Pending);

        using var other = await limiter.EnterAsync(Token);
        Assert.Equal(1, told.Pending);
        using var gone = new CancellationTokenSource();
        var comes = waits.ComputeAsync(gone.Token);
        Assert.Throws<Inference.QueueFullException>(limiter.Admit);
        Assert.Equal((1, 1), (told.Pending, told.Refusals));

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => comes);
        waits.Dispose();
        waits.Dispose();
        Assert.Equal(0, told.Pending);
        other.Dispose();
        Assert.Equal((0, 1), (told.Pending, told.Refusals));
    }

    /// <summary>Sums what is told of one limiter.</summary>
    private sealed class Told : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _sums = new();

        public Told(string call)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ServingInstruments.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            _listener.Start();

            void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                Assert.Equal("call", tags[0].Key);
                if (Equals(tags[0].Value, call))
                {
                    _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
                }
            }
        }

        public long Pending => _sums["emotion.serving.pending"];

        public long Refusals => _sums["emotion.serving.refusals"];

        public void Dispose() => _listener.Dispose();
    }
}
