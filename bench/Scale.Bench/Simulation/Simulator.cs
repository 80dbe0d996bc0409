namespace Emotion.ScaleBench.Simulation;

/// <summary>A clock that jumps from event to event. Events at the same moment come in the order in which they were asked for, so a run is the same each time.</summary>
internal sealed class Simulator
{
    private readonly PriorityQueue<Action, (double At, long Number)> _events = new();
    private long _number;

    /// <summary>Seconds since the start.</summary>
    public double Now { get; private set; }

    public void After(double seconds, Action happens) => _events.Enqueue(happens, (Now + seconds, _number++));

    /// <summary>Until nothing is left to happen, or this moment; what would happen later does not.</summary>
    public void RunUntil(double seconds)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= seconds)
        {
            Now = next.At;
            _events.Dequeue()();
        }

        Now = Math.Max(Now, seconds);
    }
}
