using System.Text.Json;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>Takes the analyses that wait, a bounded number at a time, and writes down how they ended.</summary>
public sealed partial class AnalysisWorker(
    AnalysisQueue queue,
    JobLeases leases,
    RunningAnalyses running,
    AnalysisAttempt attempts,
    ClipStore clips,
    ReleaseOffer offer,
    Rollout rollout,
    ShadowRunner shadow,
    IHostApplicationLifetime lifetime,
    IOptions<GatewayOptions> gateway,
    IOptions<JobsOptions> options,
    TimeProvider clock,
    ILogger<AnalysisWorker> logger) : BackgroundService
{
    private readonly JobsOptions _options = options.Value;

    /// <summary>
    /// When the gateway stops, what runs gets its grace and is put back after it, and what waits goes on waiting, for whoever starts next. It
    /// hangs on ApplicationStopping and not on the token given here, since the server stops first, and waits for requests that wait for these analyses.
    /// </summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        GatewayInstruments.Begin();
        using var graceOver = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var stopping = lifetime.ApplicationStopping.Register(() => graceOver.CancelAfter(gateway.Value.ShutdownGrace));
        try
        {
            await Task.WhenAll(Enumerable.Range(0, gateway.Value.ConcurrentAnalyses).Select(_ => RunLaneAsync(graceOver.Token)));
        }
        finally
        {
            running.Close();
        }
    }

    private async Task RunLaneAsync(CancellationToken graceOver)
    {
        var stopping = lifetime.ApplicationStopping;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Which release answers is not known before the services have told what they have.
                if (offer.Offered.Count > 0 && await leases.ClaimAsync(stopping) is { } row)
                {
                    await RunAsync(row, graceOver);
                }
                else
                {
                    await queue.WaitAsync(_options.PollPeriod, stopping);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogNotTaken(failure); // The database is away: what was taken comes back when its lease is over.
                await Task.WhenAny(Task.Delay(_options.PollPeriod, clock, stopping));
            }
        }
    }

    private async Task RunAsync(JobRow row, CancellationToken graceOver)
    {
        if (await PrepareAsync(row, graceOver) is not { } job)
        {
            running.Ring(row.Id);
            return;
        }

        running.Add(job);
        try
        {
            var outcome = await attempts.RunAsync(row, job, graceOver);
            await WriteAsync(row, job, outcome, graceOver);
        }
        finally
        {
            Discard(job); // Before anybody hears of the outcome.
            running.Remove(job);
        }
    }

    /// <returns>Null where it is not to run now: what became of it is written down.</returns>
    private async Task<AnalysisJob?> PrepareAsync(JobRow row, CancellationToken graceOver)
    {
        try
        {
            if (await attempts.PrepareAsync(row, graceOver) is { } job)
            {
                return job;
            }

            await EndAsync(row, null, new AnalysisOutcome(null, Refusal.ClipLost), retryable: false, graceOver);
        }
        catch (ClipUnreachableException failure)
        {
            await PutOffAsync(row, failure, graceOver);
        }
        catch (RefusedException refused)
        {
            await WriteAsync(row, null, new AnalysisOutcome(null, refused.Refusal), graceOver);
        }
        catch (OperationCanceledException) when (graceOver.IsCancellationRequested)
        {
            await WriteAsync(row, null, outcome: null, graceOver);
        }

        return null;
    }

    /// <summary>Waiting for its clip is no attempt; nor does it wait for ever, since somebody has to hear of it.</summary>
    private async Task PutOffAsync(JobRow row, ClipUnreachableException failure, CancellationToken graceOver)
    {
        LogNotFetched(row.Id, failure);
        GatewayInstruments.PutOff.Add(1);
        var since = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(row.StartedAt ?? row.CreatedAt);
        if (since < _options.ClipPatience)
        {
            await WriteAsync(row, () => leases.PutOffAsync(row, since, CancellationToken.None), graceOver);
        }
        else
        {
            await EndAsync(row, null, new AnalysisOutcome(null, Refusal.ClipUnreachable(_options.ClipPatience)), retryable: true, graceOver);
        }
    }

    /// <summary>What cannot be deleted goes with the work folder of the gateway; the outcome does not wait for that.</summary>
    private void Discard(AnalysisJob job)
    {
        try
        {
            job.Dispose();
        }
        catch (Exception failure)
        {
            LogNotDiscarded(job.Id, failure);
        }
    }

    private async Task WriteAsync(JobRow row, AnalysisJob? job, AnalysisOutcome? outcome, CancellationToken graceOver)
    {
        if (outcome is null)
        {
            await WriteAsync(row, () => leases.GiveBackAsync(row, CancellationToken.None), graceOver);
            return;
        }

        // Once, and at once: attempts of one analysis are no independent witnesses, and a bad release is not to serve for as long as they are repeated.
        if (job is not null && row.Attempts == 1 && outcome.Refusal != Refusal.HoldLost)
        {
            rollout.Observe(job.Route, outcome);
        }

        var failedByServices = outcome.Refusal is { Status: StatusCodes.Status500InternalServerError or StatusCodes.Status503ServiceUnavailable };
        if (failedByServices && row.Attempts < _options.Attempts)
        {
            await WriteAsync(row, () => leases.AgainAsync(row, leases.BackOff(row.Attempts), CancellationToken.None), graceOver);
            return;
        }

        // By no fault of the clip: it can be tried again by hand.
        await EndAsync(row, job, outcome, retryable: outcome.Refusal?.Status >= StatusCodes.Status500InternalServerError, graceOver);
    }

    private async Task EndAsync(JobRow row, AnalysisJob? job, AnalysisOutcome outcome, bool retryable, CancellationToken graceOver)
    {
        if (!await WriteAsync(row, () => leases.EndAsync(row, outcome, retryable, CancellationToken.None), graceOver))
        {
            LogLost(row.Id);
            return;
        }

        GatewayInstruments.Analyses.Add(1, new KeyValuePair<string, object?>("outcome", outcome.Refusal?.Reason ?? "done"));
        if (outcome.Analysis?.Modalities is { } modalities)
        {
            GatewayInstruments.Fared(FusionStage.Audio, modalities.Audio.Status, modalities.Audio.Reason);
            GatewayInstruments.Fared(FusionStage.Video, modalities.Video.Status, modalities.Video.Reason);
            GatewayInstruments.Fared(FusionStage.Text, modalities.Text.Status, modalities.Text.Reason);
        }

        if (outcome.Analysis?.Fused is { } fused)
        {
            GatewayInstruments.Predictions.Add(1, new("prediction", fused.Prediction ?? "none"), new("status", JsonNamingPolicy.KebabCaseLower.ConvertName(fused.Status.ToString())));
        }

        if (retryable)
        {
            return;
        }

        if (job is not null && outcome.Analysis is { } answer)
        {
            await shadow.OfferAsync(job, answer);
        }

        try
        {
            await clips.DeleteAsync(row.Id, CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogNotDeleted(row.Id, failure); // The outcome stands; the clip is swept.
        }
    }

    /// <summary>A database that is away for a moment does not cost the work of minutes.</summary>
    /// <returns>False where the hold was lost: nothing was written.</returns>
    private async Task<bool> WriteAsync(JobRow row, Func<Task<bool>> write, CancellationToken graceOver)
    {
        var startedAt = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return await write();
            }
            catch (Exception failure) when (clock.GetElapsedTime(startedAt) < _options.Lease && !graceOver.IsCancellationRequested)
            {
                LogNotWritten(row.Id, failure);
                await Task.Delay(_options.PollPeriod, clock, CancellationToken.None);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Analyses cannot be taken")]
    private partial void LogNotTaken(Exception failure);

    [LoggerMessage(LogLevel.Warning, "The clip of analysis {Id} cannot be fetched; it goes on waiting")]
    private partial void LogNotFetched(string id, Exception failure);

    [LoggerMessage(LogLevel.Error, "What analysis {Id} has left on disk cannot be deleted before the gateway stops")]
    private partial void LogNotDiscarded(string id, Exception failure);

    [LoggerMessage(LogLevel.Warning, "How analysis {Id} ended cannot be written; trying again")]
    private partial void LogNotWritten(string id, Exception failure);

    [LoggerMessage(LogLevel.Warning, "What came of analysis {Id} counts for nothing: it was deleted, or another gateway has begun it anew")]
    private partial void LogLost(string id);

    [LoggerMessage(LogLevel.Error, "The clip of analysis {Id} could not be deleted yet")]
    private partial void LogNotDeleted(string id, Exception failure);
}
