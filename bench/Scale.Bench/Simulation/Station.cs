namespace Emotion.ScaleBench.Simulation;

/// <summary>A replica: works on so many at once, lets so many wait, and refuses one more.</summary>
internal sealed class Station(Simulator simulator, Random random, int slots, int waiting)
{
    private readonly Queue<(Times Service, Action Done)> _line = new();
    private int _busy;

    /// <summary>At it and waiting for it.</summary>
    public int Inside => _busy + _line.Count;

    /// <summary>Seconds of work, of all slots together.</summary>
    public double Worked { get; private set; }

    /// <param name="service">How long it is worked on.</param>
    /// <param name="done">Happens when it was.</param>
    /// <returns>False where it is refused.</returns>
    public bool TryTake(Times service, Action done)
    {
        if (_busy < slots)
        {
            Begin(service, done);
            return true;
        }

        if (_line.Count >= waiting)
        {
            return false;
        }

        _line.Enqueue((service, done));
        return true;
    }

    private void Begin(Times service, Action done)
    {
        _busy++;
        var seconds = service.Next(random);
        Worked += seconds;
        simulator.After(seconds, () =>
        {
            _busy--;
            if (_line.TryDequeue(out var next))
            {
                Begin(next.Service, next.Done);
            }

            done();
        });
    }
}
