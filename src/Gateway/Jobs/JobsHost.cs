using Emotion.Gateway.Batches;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Overlays;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>Opens the database before anything is answered, and deletes what was kept long enough or left behind for as long as the gateway runs.</summary>
public sealed partial class JobsHost(
    JobsDatabase database,
    JobLeases leases,
    JobUpkeep upkeep,
    RunningAnalyses running,
    ClipStore clips,
    OverlayStore overlays,
    IOptions<GatewayOptions> gateway,
    IOptions<JobsOptions> options,
    IOptions<BatchOptions> batches,
    TimeProvider clock,
    ILogger<JobsHost> logger) : BackgroundService, IHostedLifecycleService
{
    /// <summary>After the longest upload a clip is in the database or nobody's.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await database.OpenAsync(cancellationToken);
        if (clips is BlobClipStore blobs)
        {
            await blobs.OpenAsync(cancellationToken);
        }

        var taken = await leases.ReleaseOwnAsync(cancellationToken);
        if (taken > 0)
        {
            LogLeft(taken);
        }

        if (!clips.IsShared)
        {
            await SweepClipsAsync(olderThan: TimeSpan.Zero, cancellationToken); // Nothing arrives yet.
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepPeriod, clock);
        do
        {
            await TryAsync(SweepAsync, stoppingToken);
            await TryAsync(CountAsync, stoppingToken); // What waits is told, too, where clips cannot be deleted just now.
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private async Task CountAsync(CancellationToken cancellationToken) => GatewayInstruments.Counted(await upkeep.CountAsync(cancellationToken));

    private async Task TryAsync(Func<CancellationToken, Task> step, CancellationToken stoppingToken)
    {
        try
        {
            await step(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next look at the timer ends it.
        }
        catch (Exception failure)
        {
            LogNotSwept(failure);
        }
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        foreach (var buried in await upkeep.BuryAsync(cancellationToken))
        {
            LogBuried(buried.Id, buried.Reason ?? "", buried.Attempts);
            GatewayInstruments.Analyses.Add(1, new KeyValuePair<string, object?>("outcome", buried.Reason));
            if (!buried.Retryable)
            {
                await clips.DeleteAsync(buried.Id, cancellationToken);
            }

            running.Ring(buried.Id);
        }

        foreach (var id in (string[])[.. await upkeep.GiveUpAsync(cancellationToken), .. await upkeep.ForgetAsync(cancellationToken)])
        {
            await clips.DeleteAsync(id, cancellationToken);
        }

        await SweepOverlaysAsync(cancellationToken);
        await upkeep.ForgetKeysAsync(cancellationToken);
        var longest = gateway.Value.UploadDeadline > batches.Value.UploadDeadline ? gateway.Value.UploadDeadline : batches.Value.UploadDeadline;
        await SweepClipsAsync(longest + Margin, cancellationToken);
        await database.ScrubAsync(cancellationToken);
    }

    /// <summary>What has no analysis, or one that has ended.</summary>
    private async Task SweepClipsAsync(TimeSpan olderThan, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - olderThan;
        await foreach (var ids in OldAsync(before, cancellationToken).Chunk(200))
        {
            foreach (var id in ids.Except(await upkeep.WantedAsync(ids, cancellationToken)))
            {
                LogSwept(id);
                await clips.DeleteAsync(id, cancellationToken);
            }
        }
    }

    /// <summary>What has no analysis any more, or one that failed after it was drawn. There is no other moment at which it is without one.</summary>
    private async Task SweepOverlaysAsync(CancellationToken cancellationToken)
    {
        await foreach (var ids in overlays.ListAsync(cancellationToken).Select(overlay => overlay.Id).Chunk(200))
        {
            foreach (var id in ids.Except(await upkeep.HopefulAsync(ids, cancellationToken)))
            {
                await overlays.DeleteAsync(id, cancellationToken);
            }
        }
    }

    private IAsyncEnumerable<string> OldAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        clips.ListAsync(cancellationToken).Where(clip => clip.Written <= before).Select(clip => clip.Id);

    [LoggerMessage(LogLevel.Information, "{Count} analyses that the last gateway of this folder was at are begun again")]
    private partial void LogLeft(int count);

    [LoggerMessage(LogLevel.Error, "Analysis {Id} is given up: {Reason}, begun {Attempts} times")]
    private partial void LogBuried(string id, string reason, int attempts);

    [LoggerMessage(LogLevel.Information, "The clip of {Id} was nobody's any more and is deleted")]
    private partial void LogSwept(string id);

    [LoggerMessage(LogLevel.Error, "What is kept of analyses could not be swept; trying again")]
    private partial void LogNotSwept(Exception failure);
}
