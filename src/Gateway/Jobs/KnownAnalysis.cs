using Emotion.Gateway.Api;

namespace Emotion.Gateway.Jobs;

/// <summary>An analysis as it is at one moment.</summary>
/// <param name="Row">As the database has it.</param>
/// <param name="Live">What this gateway does of it; null where it does not, or does not any more.</param>
public sealed record KnownAnalysis(JobRow Row, AnalysisJob? Live)
{
    public string Id => Row.Id;

    public AnalysisName Name => new(Row.Id, TraceId);

    /// <summary>00-TRACE-span-flags</summary>
    public string TraceId => Row.TraceParent.Split('-')[1];

    /// <summary>Here it has only once its clip is gone, too.</summary>
    public bool HasEnded => Live is null && Row.EndedAt is not null;

    /// <summary>Done is told by what is done.</summary>
    public AnalysisStatus Status => Live is not null || Row.State != AnalysisState.Queued ? AnalysisStatus.Running : AnalysisStatus.Queued;

    public Analysis Pending => new() { Id = Id, Status = Status, TraceId = TraceId };

    /// <summary>Why there is no answer; null where there is one, or none yet.</summary>
    public Refusal? Problem => Row.Problem is { } problem ? JobJson.Read<Refusal>(problem) : null;

    /// <summary>Of one that has ended.</summary>
    /// <exception cref="RefusedException">It has ended without one.</exception>
    public Analysis Answer() => Row.Result is { } result
        ? JobJson.Unpack(result)
        : throw new RefusedException(Problem ?? Refusal.ClipLost) { Analysis = Name };

    /// <summary>The stages that have begun; of one that another gateway works on, those that are over for sure.</summary>
    public IReadOnlyList<StageReport> Stages() => Live?.Progress.Look().Stages ??
    [
        new StageReport { Stage = "upload", State = StageState.Ended, Milliseconds = JobJson.Read<JobRequest>(Row.Request).UploadMilliseconds },
        Row.StartedAt is { } started
            ? new StageReport { Stage = "queued", State = StageState.Ended, Milliseconds = Math.Max(0, started - Row.CreatedAt) }
            : new StageReport { Stage = "queued", State = StageState.Running },
    ];
}

/// <summary>The analyses as everybody may see them, wherever they run, and the way to wait for them.</summary>
public sealed class KnownAnalyses(JobStore store, RunningAnalyses running, Microsoft.Extensions.Options.IOptions<JobsOptions> options, TimeProvider clock)
{
    /// <returns>Null where there is none of that name.</returns>
    public async Task<KnownAnalysis?> TryFindAsync(string id, CancellationToken cancellationToken)
    {
        running.TryFind(id, out var live); // Before the row: when both are there, the row may be of a moment later.
        return await store.FindAsync(id, cancellationToken) is { } row ? new KnownAnalysis(row, live) : null;
    }

    /// <exception cref="RefusedException">There is none of that name.</exception>
    public async Task<KnownAnalysis> FindAsync(string id, CancellationToken cancellationToken) =>
        await TryFindAsync(id, cancellationToken) ?? throw new RefusedException(Refusal.UnknownAnalysis);

    /// <summary>Until it has ended, the time is over, or this gateway stops.</summary>
    /// <exception cref="RefusedException">There is none of that name, or it was deleted in the meantime.</exception>
    public async Task<KnownAnalysis> WaitAsync(string id, TimeSpan longest, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(longest, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token, running.Over);
        var known = await FindAsync(id, cancellationToken);
        while (!known.HasEnded && !any.IsCancellationRequested)
        {
            var changed = running.Changed(id);
            var now = await TryFindAsync(id, cancellationToken) ?? throw new RefusedException(Refusal.Deleted) { Analysis = known.Name };
            known = now;
            if (!known.HasEnded)
            {
                await MovedAsync(changed, any.Token);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return known;
    }

    /// <summary>Until it has ended, however long that takes.</summary>
    /// <exception cref="RefusedException">There is none of that name, or it was deleted in the meantime; or this gateway stops, and another one will end it.</exception>
    public async Task<KnownAnalysis> WaitForEndAsync(string id, CancellationToken cancellationToken)
    {
        var known = await WaitAsync(id, Timeout.InfiniteTimeSpan, cancellationToken);
        return known.HasEnded ? known : throw new RefusedException(Refusal.Stopping) { Analysis = known.Name };
    }

    /// <summary>Until this gateway does not work on it any more.</summary>
    public async Task LeftAsync(string id, CancellationToken cancellationToken)
    {
        for (var changed = running.Changed(id); running.TryFind(id, out _); changed = running.Changed(id))
        {
            await changed.WaitAsync(cancellationToken);
        }
    }

    private async Task MovedAsync(Task changed, CancellationToken cancellationToken)
    {
        try
        {
            await changed.WaitAsync(options.Value.PollPeriod, clock, cancellationToken);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // Who asked looks again.
        }
    }
}
