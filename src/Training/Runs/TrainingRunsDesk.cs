using System.Runtime.CompilerServices;
using Emotion.Contracts.Training.V1;

namespace Emotion.Training.Runs;

/// <summary>Runs of a folder of this machine. Whoever uses it has a <see cref="RunKeeper"/> look after them.</summary>
public sealed class TrainingRunsDesk(RunStore store, TrainingRunsOptions options, TimeProvider time) : ITrainingRuns
{
    /// <exception cref="RunRefusedException">See <see cref="RunRefusal"/>.</exception>
    /// <exception cref="Datasets.CorpusException">The corpus is not as it must be.</exception>
    public async Task<Run> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        using (await store.LockAsync(cancellationToken))
        {
            RequireRoom(); // Before a corpus is unpacked.
        }

        var run = await new RunPreparation(store, options, time).PrepareAsync(request, cancellationToken);
        try
        {
            using var _ = await store.LockAsync(cancellationToken);
            RequireRoom();
            store.Write(run);
            return RunView.Of(store, run);
        }
        catch
        {
            Directory.Delete(store.FolderOf(run.Id), recursive: true);
            throw;
        }
    }

    public Task<IReadOnlyList<Run>> ListAsync(int limit, CancellationToken cancellationToken)
    {
        var most = limit > 0 ? Math.Min(limit, options.MaximumListed) : options.MaximumListed;
        return Task.FromResult<IReadOnlyList<Run>>([.. store.ReadAll().Take(most).Select(run => RunView.Of(store, run))]);
    }

    public Task<Run> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(RunView.Of(store, store.Read(id)));

    public async IAsyncEnumerable<Run> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        Run? said = null;
        do
        {
            var record = store.Read(id);
            var run = RunView.Of(store, record);
            if (!run.Equals(said))
            {
                said = run;
                yield return run;
            }

            if (record.HasEnded)
            {
                yield break;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    public async Task<Run> CancelAsync(string id, CancellationToken cancellationToken)
    {
        using var _ = await store.LockAsync(cancellationToken);
        var run = store.Read(id);
        if (run.HasEnded)
        {
            throw new RunRefusedException(RunRefusal.WrongState, $"The run {id} has ended already ({run.Phase}).");
        }

        var now = time.GetUtcNow();
        // Asked twice, its grace still counts from the first time.
        run = run.Phase == RunPhase.Queued ? run with { Phase = RunPhase.Cancelled, Ended = now } : run with { CancelAsked = run.CancelAsked ?? now };
        store.Write(run);
        if (run.Process is { } process)
        {
            RunProcess.Stop(process, id);
        }

        return RunView.Of(store, run);
    }

    public async Task<Run> ResumeAsync(string id, CancellationToken cancellationToken)
    {
        using var _ = await store.LockAsync(cancellationToken);
        var run = store.Read(id);
        if (!run.HasEnded || run.Phase == RunPhase.Succeeded)
        {
            throw new RunRefusedException(RunRefusal.WrongState, run.HasEnded ? $"The run {id} has succeeded: there is nothing to go on with." : $"The run {id} has not ended ({run.Phase}).");
        }

        RequireQueue();
        run = run with { Phase = RunPhase.Queued, Queued = time.GetUtcNow(), Ended = null, Error = null };
        store.Write(run);
        return RunView.Of(store, run);
    }

    private void RequireRoom()
    {
        var runs = RequireQueue();
        if (runs >= options.MaximumRuns)
        {
            throw new RunRefusedException(RunRefusal.Full, $"There are {runs} runs: delete folders of old ones in '{store.Root}'.");
        }
    }

    private int RequireQueue()
    {
        var runs = store.ReadAll();
        // Those that wait for nothing but the keeper's next look are not in anybody's way.
        var (waiting, going) = (runs.Count(run => run.Phase == RunPhase.Queued), runs.Count(run => run.Phase == RunPhase.Running));
        return waiting < options.MaximumQueued + Math.Max(0, options.AtOnce - going)
            ? runs.Count
            : throw new RunRefusedException(RunRefusal.Full, $"{going} runs go and {waiting} wait, which is as many as may: try again when one has ended.");
    }
}
