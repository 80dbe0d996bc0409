using System.Threading.Channels;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Releases;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Canary;

/// <summary>
/// Analyses copies of what stable has answered with the shadow's release, and compares. A copy begins when its caller has the answer, is
/// dropped where there is no room for it or an analysis waits, and makes room for one that comes meanwhile.
/// </summary>
public sealed partial class ShadowRunner(
    JobStore store,
    AnalysisPipeline pipeline,
    Rollout rollout,
    ReleaseOffer offer,
    FFMpegGuard guard,
    IHostApplicationLifetime lifetime,
    IOptions<ShadowOptions> options,
    TimeProvider clock,
    ILogger<ShadowRunner> logger) : BackgroundService
{
    private readonly ShadowOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.Concurrency);

    // Not bounded by itself: whoever is in it holds one of the places.
    private readonly Channel<Copy> _copies = Channel.CreateUnbounded<Copy>();

    /// <summary>Takes the clip of an analysis that has its answer, where it is to be copied; else leaves it where it lies.</summary>
    public async Task OfferAsync(AnalysisJob job, Analysis answer)
    {
        if (rollout.Shadow is not { } plan
            || job.Route.Arm != Arm.Stable
            || plan.Release == job.Release.Name
            || offer.Find(plan.Release) is not { } release
            || !plan.Takes(job.Id)
            || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return;
        }

        if (await AnyWaitsAsync() || !_places.Wait(TimeSpan.Zero))
        {
            Count(release.Name, "dropped");
            return;
        }

        var admission = new Admission(() => _places.Release());
        WorkFolder? folder = null;
        try
        {
            folder = guard.CreateFolder();
            var clip = job.Clip with { Path = folder.PathOf("clip") };
            File.Move(job.Clip.Path, clip.Path);
            var copy = new AnalysisJob(
                $"{job.Id}-shadow", job.Request, clock.GetTimestamp(), new ReleaseRoute(release, Arm.Pinned), clip, job.Text, folder) { Options = job.Options with { Overlay = false } };
            _copies.Writer.TryWrite(new Copy(copy, answer, admission));
        }
        catch (IOException failure)
        {
            folder?.Dispose();
            admission.Dispose();
            LogNotTaken(job.Id, failure);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                _copies.Reader.ReadAllAsync(stoppingToken),
                new ParallelOptions { MaxDegreeOfParallelism = _options.Concurrency, CancellationToken = stoppingToken },
                async (copy, cancellationToken) =>
                {
                    try
                    {
                        await RunAsync(copy, cancellationToken);
                    }
                    finally
                    {
                        Discard(copy);
                    }
                });
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            while (_copies.Reader.TryRead(out var left))
            {
                Discard(left);
            }
        }
    }

    private async Task RunAsync(Copy copy, CancellationToken stoppingToken)
    {
        var release = copy.Job.Release.Name;
        using var deadline = new CancellationTokenSource(_options.Deadline, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, deadline.Token);
        var run = pipeline.RunAsync(copy.Job, over.Token);
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(_options.LoadCheckPeriod, clock, CancellationToken.None));
            if (await AnyWaitsAsync())
            {
                await over.CancelAsync();
            }
        }

        try
        {
            var comparison = ShadowComparison.Of(copy.Answer.Fused, (await run).Fused);
            Count(release, comparison.Agrees ? "agreed" : "differed");
            GatewayInstruments.ShadowDivergence.Record(comparison.Divergence, new KeyValuePair<string, object?>("release", release));
            LogCompared(copy.Job.Id, release, copy.Answer.Models?.Release ?? "", comparison.Agrees, comparison.Divergence);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            Count(release, "dropped");
        }
        catch (RefusedException refused)
        {
            Count(release, "failed");
            LogRefused(copy.Job.Id, release, refused.Refusal.Reason);
        }
        catch (Exception defect)
        {
            Count(release, "failed");
            LogDefect(copy.Job.Id, release, defect);
        }
    }

    /// <summary>What cannot be deleted goes with the work folder of the gateway: no reason to end that.</summary>
    private void Discard(Copy copy)
    {
        try
        {
            copy.Dispose();
        }
        catch (Exception failure)
        {
            LogNotDiscarded(copy.Job.Id, failure);
        }
    }

    /// <summary>Where nobody knows, a shadow makes room all the same.</summary>
    private async Task<bool> AnyWaitsAsync()
    {
        try
        {
            return await store.AnyWaitsAsync(CancellationToken.None);
        }
        catch (Exception failure)
        {
            LogNotAsked(failure);
            return true;
        }
    }

    private static void Count(string release, string outcome) =>
        GatewayInstruments.ShadowComparisons.Add(1, new("release", release), new("outcome", outcome));

    [LoggerMessage(LogLevel.Information, "Shadow {Id}: {Release} compared with {Stable}: agrees {Agrees}, divergence {Divergence:0.000}")]
    private partial void LogCompared(string id, string release, string stable, bool agrees, double divergence);

    [LoggerMessage(LogLevel.Warning, "Shadow {Id}: {Release} has no answer where stable had one: {Reason}")]
    private partial void LogRefused(string id, string release, string reason);

    [LoggerMessage(LogLevel.Error, "Shadow {Id}: {Release} failed")]
    private partial void LogDefect(string id, string release, Exception defect);

    [LoggerMessage(LogLevel.Warning, "The clip of analysis {Id} could not be copied for the shadow")]
    private partial void LogNotTaken(string id, Exception failure);

    [LoggerMessage(LogLevel.Error, "What shadow {Id} has left on disk cannot be deleted before the gateway stops")]
    private partial void LogNotDiscarded(string id, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The database does not say whether analyses wait; the shadow makes room")]
    private partial void LogNotAsked(Exception failure);

    private sealed record Copy(AnalysisJob Job, Analysis Answer, Admission Place) : IDisposable
    {
        public void Dispose()
        {
            using (Place)
            {
                Job.Dispose();
            }
        }
    }
}
