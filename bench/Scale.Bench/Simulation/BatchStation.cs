namespace Emotion.ScaleBench.Simulation;

/// <summary>
/// A graph behind a queue that makes batches: one batch runs at a time, the next gathers meanwhile, and the first of an idle graph waits so long for company.
/// </summary>
/// <param name="simulator">The clock.</param>
/// <param name="time">Seconds that a batch of so many takes.</param>
/// <param name="largest">Items of one batch.</param>
/// <param name="delay">Seconds.</param>
/// <param name="waiting">Items that may wait; one more is refused.</param>
internal sealed class BatchStation(Simulator simulator, Func<int, double> time, int largest, double delay, int waiting)
{
    private readonly Queue<Action> _line = new();
    private bool _running, _gathering;

    public long Batches { get; private set; }

    public long Items { get; private set; }

    public bool TryTake(Action done)
    {
        if (_line.Count >= waiting)
        {
            return false;
        }

        _line.Enqueue(done);
        Gather();
        return true;
    }

    private void Gather()
    {
        if (_running)
        {
            return;
        }

        if (_line.Count >= largest || delay == 0)
        {
            Run();
        }
        else if (!_gathering)
        {
            _gathering = true;
            var batches = Batches;
            simulator.After(delay, () =>
            {
                _gathering = false;
                // A batch that filled up meanwhile has gone already, and whoever came after it waits a time of its own.
                if (!_running && _line.Count > 0)
                {
                    if (batches == Batches)
                    {
                        Run();
                    }
                    else
                    {
                        Gather();
                    }
                }
            });
        }
    }

    private void Run()
    {
        _running = true;
        var batch = new List<Action>(largest);
        while (batch.Count < largest && _line.TryDequeue(out var item))
        {
            batch.Add(item);
        }

        Batches++;
        Items += batch.Count;
        simulator.After(time(batch.Count), () =>
        {
            _running = false;
            batch.ForEach(done => done());
            if (_line.Count > 0)
            {
                Gather();
            }
        });
    }
}
