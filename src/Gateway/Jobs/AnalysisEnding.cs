using Emotion.Gateway.Canary;

namespace Emotion.Gateway.Jobs;

/// <summary>How analyses end, by whomever: the clip is deleted before anybody hears of the outcome.</summary>
public sealed partial class AnalysisEnding(AnalysisQueue queue, AnalysisStore store, Rollout rollout, ILogger<AnalysisEnding> logger)
{
    public void End(AnalysisJob job, AnalysisOutcome outcome)
    {
        try
        {
            job.Dispose();
        }
        catch (IOException failure)
        {
            LogNotDeleted(job.Folder.FullName, failure); // The outcome stands; the next start sweeps the folder.
        }

        GatewayInstruments.Analyses.Add(1, new KeyValuePair<string, object?>("outcome", outcome.Refusal?.Reason ?? "done"));
        store.Ended(job);
        job.End(outcome);
        rollout.Observe(job.Route, outcome);
    }

    /// <summary>What waits ends here, and gives its place to another; what runs ends soon after.</summary>
    public void Cancel(AnalysisJob job, Refusal why)
    {
        if (queue.TryTakeOut(job))
        {
            End(job, new AnalysisOutcome(null, why));
        }
        else
        {
            job.Cancel(why);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Folder} could not be deleted; a clip may still lie there.")]
    private partial void LogNotDeleted(string folder, Exception failure);
}
