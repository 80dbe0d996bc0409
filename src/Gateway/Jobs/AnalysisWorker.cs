using System.Diagnostics;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Canary;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>Runs the waiting analyses, a bounded number at a time, and forgets the answers that were kept long enough.</summary>
public sealed partial class AnalysisWorker(
    AnalysisQueue queue,
    AnalysisStore store,
    AnalysisEnding ending,
    AnalysisPipeline pipeline,
    ShadowRunner shadow,
    IHostApplicationLifetime lifetime,
    IOptions<GatewayOptions> options,
    TimeProvider clock,
    ILogger<AnalysisWorker> logger) : BackgroundService
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(30);

    private readonly GatewayOptions _options = options.Value;

    /// <summary>
    /// When the gateway stops, what runs gets its grace and what waits is refused. It hangs on ApplicationStopping and not on the
    /// token given here, since the server stops first, and waits for requests that wait for these analyses.
    /// </summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var graceOver = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var stopping = lifetime.ApplicationStopping.Register(() =>
        {
            queue.Close();
            graceOver.CancelAfter(_options.ShutdownGrace);
        });
        var lanes = Enumerable.Range(0, _options.ConcurrentAnalyses).Select(_ => RunLaneAsync(graceOver.Token)).ToArray();
        var sweep = SweepAsync(stoppingToken);
        await Task.WhenAll([.. lanes, sweep]);
    }

    private async Task RunLaneAsync(CancellationToken graceOver)
    {
        // Not cancellable: the queue ends when it is closed, and every job taken from it must be ended and disposed.
        await foreach (var job in queue.TakeAsync(CancellationToken.None))
        {
            var outcome = lifetime.ApplicationStopping.IsCancellationRequested
                ? new AnalysisOutcome(null, Refusal.Stopping)
                : await RunAsync(job, graceOver);
            ending.End(job, outcome);
        }
    }

    private async Task<AnalysisOutcome> RunAsync(AnalysisJob job, CancellationToken graceOver)
    {
        job.Start();
        using var deadline = new CancellationTokenSource(_options.AnalysisDeadline, clock);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(graceOver, deadline.Token, job.Cancelled);
        using var span = GatewayInstruments.Source.StartActivity("analysis", ActivityKind.Internal, job.Request);
        span?.SetTag("emotion.analysis.id", job.Id);
        try
        {
            var answer = await pipeline.RunAsync(job, any.Token);
            shadow.Offer(job, answer);
            return new AnalysisOutcome(answer, null);
        }
        catch (RefusedException refused)
        {
            LogRefused(job.Id, refused.Refusal.Reason, refused.Refusal.Detail);
            span?.SetStatus(ActivityStatusCode.Error, refused.Refusal.Reason);
            return new AnalysisOutcome(null, refused.Refusal);
        }
        catch (OperationCanceledException) when (any.IsCancellationRequested)
        {
            var refusal = deadline.IsCancellationRequested
                ? new Refusal(StatusCodes.Status504GatewayTimeout, "deadline", $"The analysis took longer than {_options.AnalysisDeadline}.")
                : graceOver.IsCancellationRequested
                    ? Refusal.Stopping
                    : job.CancelledBecause ?? Refusal.CallerLeft;
            LogRefused(job.Id, refusal.Reason, refusal.Detail);
            span?.SetStatus(ActivityStatusCode.Error, refusal.Reason);
            return new AnalysisOutcome(null, refusal);
        }
        catch (Exception defect)
        {
            LogDefect(job.Id, defect);
            span?.SetStatus(ActivityStatusCode.Error, defect.Message);
            return new AnalysisOutcome(null, new Refusal(
                StatusCodes.Status500InternalServerError, "internal", $"The analysis failed by a defect of the gateway; its log has analysis {job.Id}."));
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepPeriod, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                store.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            store.Sweep();
        }
    }

    [LoggerMessage(LogLevel.Information, "Analysis {Id} ended without an answer: {Reason}. {Detail}")]
    private partial void LogRefused(string id, string reason, string detail);

    [LoggerMessage(LogLevel.Error, "Analysis {Id} failed.")]
    private partial void LogDefect(string id, Exception defect);
}
