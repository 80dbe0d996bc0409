using System.Diagnostics;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Releases;
using Emotion.Media;
using Emotion.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>One attempt at one analysis, from its row to its outcome, while this gateway holds it.</summary>
public sealed partial class AnalysisAttempt(
    JobLeases leases,
    ClipStore clips,
    FFMpegGuard guard,
    AnalysisPipeline pipeline,
    ReleaseOffer offer,
    IOptions<GatewayOptions> gateway,
    IOptions<JobsOptions> options,
    TimeProvider clock,
    ILogger<AnalysisAttempt> logger)
{
    /// <summary>Fetches its clip, which may take longer than a lease: it is held, and may be ended, meanwhile.</summary>
    /// <returns>Null where its clip is gone.</returns>
    /// <exception cref="ClipUnreachableException">Its clip is there, or may be, and cannot be had now.</exception>
    /// <exception cref="RefusedException">The hold was lost, somebody wants it to end, or no release is offered any more.</exception>
    public async Task<AnalysisJob?> PrepareAsync(JobRow row, CancellationToken graceOver)
    {
        var request = JobJson.Read<JobRequest>(row.Request);
        if (await FetchAsync(row, graceOver) is not { } fetched)
        {
            return null;
        }

        try
        {
            ActivityContext.TryParse(row.TraceParent, null, out var trace);
            var waited = clock.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt);
            var waitingSince = clock.GetTimestamp() - (long)(Math.Max(0, waited.TotalSeconds) * clock.TimestampFrequency);
            var clip = new ReceivedClip(fetched.Path, request.Bytes, TimeSpan.FromMilliseconds(request.UploadMilliseconds));
            return new AnalysisJob(row.Id, trace, waitingSince, RouteOf(request.Route, row.Attempts), clip, request.Text, fetched.Folder) { Options = request.Options };
        }
        catch
        {
            Discard(row, fetched.Folder);
            throw;
        }
    }

    /// <returns>Null where the gateway stops before there is an outcome.</returns>
    public async Task<AnalysisOutcome?> RunAsync(JobRow row, AnalysisJob job, CancellationToken graceOver)
    {
        using var deadline = new CancellationTokenSource(gateway.Value.AnalysisDeadline, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(graceOver, deadline.Token, job.Cancelled);
        using var holding = new CancellationTokenSource();
        CallPriority.IsOfBatch = row.Batch is not null;
        var hold = HoldAsync(row, job.Cancel, holding.Token);
        using var span = GatewayInstruments.Source.StartActivity("analysis", ActivityKind.Internal, job.Request);
        span?.SetTag("emotion.analysis.id", job.Id);
        span?.SetTag("emotion.analysis.attempt", row.Attempts);
        try
        {
            return new AnalysisOutcome(await pipeline.RunAsync(job, any.Token), null);
        }
        catch (RefusedException refused)
        {
            return Refused(job, span, refused.Refusal);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            return job.CancelledBecause is { } because ? Refused(job, span, because)
                : deadline.IsCancellationRequested ? Refused(job, span, new Refusal(
                    StatusCodes.Status504GatewayTimeout, "deadline", $"The analysis took longer than {gateway.Value.AnalysisDeadline}."))
                : null;
        }
        catch (Exception defect)
        {
            LogDefect(job.Id, defect);
            span?.SetStatus(ActivityStatusCode.Error, defect.Message);
            return new AnalysisOutcome(null, new Refusal(
                StatusCodes.Status500InternalServerError, "internal", $"The analysis failed by a defect of the gateway; its log has analysis {job.Id}."));
        }
        finally
        {
            await holding.CancelAsync();
            await hold;
        }
    }

    private async Task<(WorkFolder Folder, string Path)?> FetchAsync(JobRow row, CancellationToken graceOver)
    {
        Refusal? unwanted = null;
        using var any = CancellationTokenSource.CreateLinkedTokenSource(graceOver);
        using var holding = new CancellationTokenSource();
        var hold = HoldAsync(
            row,
            why =>
            {
                unwanted ??= why;
                any.Cancel();
            },
            holding.Token);
        WorkFolder? folder = null;
        try
        {
            folder = guard.CreateFolder();
            if (await clips.FetchAsync(row.Id, folder.FullName, any.Token) is { } path)
            {
                return (folder, path);
            }

            Discard(row, folder);
            return null;
        }
        catch (Exception failure)
        {
            Discard(row, folder);
            graceOver.ThrowIfCancellationRequested();
            throw unwanted is not null ? new RefusedException(unwanted, failure) : new ClipUnreachableException(row.Id, failure);
        }
        finally
        {
            await holding.CancelAsync();
            await hold;
        }
    }

    /// <summary>What cannot be deleted, as where the disk itself is at fault, goes with the work folder of the gateway.</summary>
    private void Discard(JobRow row, WorkFolder? folder)
    {
        try
        {
            folder?.Dispose();
        }
        catch (Exception failure)
        {
            LogNotDiscarded(row.Id, failure);
        }
    }

    /// <summary>The release that was chosen, as long as somebody may have it; from the second attempt on another one where it is offered no more.</summary>
    private ReleaseRoute RouteOf(ReleaseRoute chosen, int attempt) =>
        offer.Find(chosen.Release.Name) is { } offered ? chosen with { Release = offered }
            : attempt > 1 && chosen.Arm != Arm.Pinned ? new ReleaseRoute(offer.Choose(null), Arm.Stable, 0, chosen.Client)
            : chosen;

    private AnalysisOutcome Refused(AnalysisJob job, Activity? span, Refusal refusal)
    {
        LogRefused(job.Id, refusal.Reason, refusal.Detail);
        span?.SetStatus(ActivityStatusCode.Error, refusal.Reason);
        return new AnalysisOutcome(null, refusal);
    }

    /// <summary>Renews the hold until the attempt is over; ends the attempt where it is lost, where nobody knows, and where somebody wants it to end.</summary>
    /// <param name="end">May be told more than once.</param>
    private async Task HoldAsync(JobRow row, Action<Refusal> end, CancellationToken cancellationToken)
    {
        var period = options.Value.Lease / 3;
        var heldSince = clock.GetTimestamp();
        using var timer = new PeriodicTimer(period, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                try
                {
                    var askedAt = clock.GetTimestamp();
                    var hold = await leases.RenewAsync(row, cancellationToken);
                    if (!hold.IsHeld)
                    {
                        end(Refusal.HoldLost);
                    }
                    else if (hold.Cancelled is { } why)
                    {
                        end(why);
                    }

                    heldSince = askedAt;
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    LogNotRenewed(row.Id, failure);
                    if (clock.GetElapsedTime(heldSince) > options.Value.Lease)
                    {
                        end(Refusal.HoldLost);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
        }
    }

    [LoggerMessage(LogLevel.Information, "Analysis {Id} ended without an answer: {Reason}. {Detail}")]
    private partial void LogRefused(string id, string reason, string detail);

    [LoggerMessage(LogLevel.Error, "Analysis {Id} failed.")]
    private partial void LogDefect(string id, Exception defect);

    [LoggerMessage(LogLevel.Error, "What was fetched for analysis {Id} cannot be deleted before the gateway stops")]
    private partial void LogNotDiscarded(string id, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The hold on analysis {Id} could not be renewed")]
    private partial void LogNotRenewed(string id, Exception failure);
}

/// <summary>Where clips lie, or where they are brought to, does not do its work: by no fault of the clip, and of nobody who could try it elsewhere.</summary>
public sealed class ClipUnreachableException(string id, Exception inner) : Exception($"The clip of analysis {id} cannot be fetched: {inner.Message}", inner);
