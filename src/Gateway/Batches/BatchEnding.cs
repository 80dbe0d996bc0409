using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Overlays;

namespace Emotion.Gateway.Batches;

/// <summary>Ends batches for those who do not want their answers.</summary>
public sealed class BatchEnding(BatchStore store, JobsDatabase database, AnalysisEnding ending, RunningAnalyses running, KnownAnalyses known, ClipStore clips,
    OverlayStore overlays)
{
    /// <summary>What waits ends at once, the last first; returns when what runs has ended, too. What has its answer keeps it.</summary>
    /// <exception cref="RefusedException">There is none of that name, or all of it has ended; or this gateway stops before.</exception>
    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        var underWay = await store.IdsAsync(id, underWay: true, cancellationToken);
        if (underWay.Count == 0)
        {
            throw new RefusedException(await store.FindAsync(id, only: null, cancellationToken) is null ? BatchRefusals.Unknown : BatchRefusals.Ended);
        }

        foreach (var analysis in underWay)
        {
            await ending.CancelAsync(analysis, Refusal.CancelledByCaller, cancellationToken);
        }

        foreach (var analysis in underWay)
        {
            if (await known.TryFindAsync(analysis, cancellationToken) is { HasEnded: false })
            {
                await known.WaitForEndAsync(analysis, cancellationToken);
            }
        }
    }

    /// <summary>Forgets all of it at once; returns when its clips are gone, too. The rows go first: a clip without one is swept.</summary>
    /// <exception cref="RefusedException">There is none of that name.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        var analyses = await store.IdsAsync(id, underWay: false, cancellationToken);
        if (!await store.DeleteAsync(id, cancellationToken))
        {
            throw new RefusedException(BatchRefusals.Unknown);
        }

        foreach (var analysis in analyses)
        {
            if (running.TryFind(analysis, out var job))
            {
                job.Cancel(Refusal.Deleted);
                await known.LeftAsync(analysis, cancellationToken);
            }

            await clips.DeleteAsync(analysis, cancellationToken);
            await overlays.DeleteAsync(analysis, cancellationToken);
            running.Ring(analysis);
        }

        await database.ScrubAsync(cancellationToken);
    }
}
