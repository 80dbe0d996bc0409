using Emotion.Gateway.Clips;
using Emotion.Gateway.Overlays;

namespace Emotion.Gateway.Jobs;

/// <summary>Ends analyses for those who do not want their answers, wherever they wait or run.</summary>
public sealed class AnalysisEnding(JobStore store, JobsDatabase database, RunningAnalyses running, KnownAnalyses known, ClipStore clips, OverlayStore overlays)
{
    /// <summary>What waits ends here, and gives its place to another; what runs ends soon after.</summary>
    public async Task CancelAsync(string id, Refusal why, CancellationToken cancellationToken)
    {
        if (await store.CancelAsync(id, why, cancellationToken))
        {
            GatewayInstruments.Analyses.Add(1, new KeyValuePair<string, object?>("outcome", why.Reason));
            await clips.DeleteAsync(id, cancellationToken);
            running.Ring(id);
        }
        else if (running.TryFind(id, out var job))
        {
            job.Cancel(why);
        }
    }

    /// <summary>
    /// Forgets it at once; returns when its clip is gone, too. The row goes first: whatever comes in between, a clip without one is swept.
    /// Where another gateway works on it, that finds out when it renews its hold, and deletes what it has made of the clip.
    /// </summary>
    /// <exception cref="RefusedException">There is none of that name.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await known.FindAsync(id, cancellationToken);
        if (!await store.DeleteAsync(id, cancellationToken))
        {
            throw new RefusedException(Refusal.UnknownAnalysis);
        }

        if (running.TryFind(id, out var job))
        {
            job.Cancel(Refusal.Deleted);
            await known.LeftAsync(id, cancellationToken);
        }

        await clips.DeleteAsync(id, cancellationToken);
        await overlays.DeleteAsync(id, cancellationToken);
        running.Ring(id);
        await database.ScrubAsync(cancellationToken);
    }
}
