namespace Aspire.Dashboard;

/// <param name="Number">Rises by one with each line of a resource, from 1.</param>
public sealed record ConsoleLine(long Number, DateTimeOffset Time, string Text);

/// <summary>What resources have written lately. Thread-safe.</summary>
public sealed class ConsoleLines(DashboardOptions options, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Output> _outputs = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource _changed = NewSignal();

    /// <summary>Completes at the next line of any resource.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
                return _changed.Task;
        }
    }

    public void Write(string resource, string text)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (!_outputs.TryGetValue(resource, out var output))
                _outputs[resource] = output = new Output();
            if (output.Lines.Count == options.ConsoleLines)
                output.Lines.Dequeue();
            output.Lines.Enqueue(new ConsoleLine(++output.Last, clock.GetUtcNow(), text.Length > options.LineLength ? text[..options.LineLength] + " ..." : text));
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    /// <summary>The lines of a resource after one that is known, as far as they are kept.</summary>
    public IReadOnlyList<ConsoleLine> After(string resource, long number)
    {
        lock (_lock)
            return _outputs.TryGetValue(resource, out var output) ? [.. output.Lines.Where(line => line.Number > number)] : [];
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Output
    {
        public Queue<ConsoleLine> Lines { get; } = new();

        public long Last { get; set; }
    }
}
