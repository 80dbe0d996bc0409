namespace Emotion.Gateway.Tests;

/// <summary>The system's clock, but for what it was moved by: a whole gateway goes on with it, where one that stands would not.</summary>
public sealed class ShiftedClock : TimeProvider
{
    private long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Volatile.Read(ref _ticks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
