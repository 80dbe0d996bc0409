using Emotion.Gateway.Api;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// How far one analysis is, stage by stage. Whoever follows it is woken by each change and then reads what is true by that time, so
/// that nothing is buffered for a slow one: it misses what lay between.
/// </summary>
public sealed class AnalysisProgress
{
    private readonly Lock _lock = new();
    private readonly List<StageReport> _stages = [];
    private TaskCompletionSource _changed = NewSignal();

    public void Begin(string stage) => Change(stage, report => report with { State = StageState.Running, Milliseconds = null });

    /// <summary>What is counted does not go back, even where a service that failed makes another one begin again.</summary>
    public void Count(string stage, double done, double total, string unit) => Change(stage, report => report with
    {
        Done = Math.Min(total, Math.Max(report.Done ?? 0, done)), Total = total, Unit = unit,
    });

    public void End(string stage, double milliseconds) =>
        Change(stage, report => report with { State = StageState.Ended, Milliseconds = milliseconds });

    /// <summary>The stages in the order that they began, and a task that ends with the next change after this look.</summary>
    public (IReadOnlyList<StageReport> Stages, Task Changed) Look()
    {
        lock (_lock)
        {
            return ([.. _stages], _changed.Task);
        }
    }

    private void Change(string stage, Func<StageReport, StageReport> change)
    {
        lock (_lock)
        {
            var index = _stages.FindIndex(report => report.Stage == stage);
            if (index < 0)
            {
                index = _stages.Count;
                _stages.Add(new StageReport { Stage = stage, State = StageState.Running });
            }

            _stages[index] = change(_stages[index]);
            Wake();
        }
    }

    private void Wake()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
