using Emotion.Contracts.Training.V1;
using Emotion.ServiceDefaults;
using Emotion.Training.Datasets;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Emotion.Training.Runs;

/// <summary>The wire of <see cref="TrainingRunsDesk"/>: see training.proto.</summary>
public sealed class TrainingRunsService(TrainingRunsDesk desk, IHostApplicationLifetime lifetime) : TrainingRuns.TrainingRunsBase
{
    private static readonly TimeSpan WhenFull = TimeSpan.FromSeconds(30);

    public override Task<Run> Start(StartRequest request, ServerCallContext context) =>
        TranslatedAsync(() => desk.StartAsync(request, context.CancellationToken));

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context) => TranslatedAsync(async () =>
        new ListResponse { Runs = { await desk.ListAsync(request.Limit, context.CancellationToken) } });

    public override Task<Run> Get(RunRequest request, ServerCallContext context) =>
        TranslatedAsync(() => desk.GetAsync(request.Id, context.CancellationToken));

    public override Task<Run> Cancel(RunRequest request, ServerCallContext context) =>
        TranslatedAsync(() => desk.CancelAsync(request.Id, context.CancellationToken));

    public override Task<Run> Resume(RunRequest request, ServerCallContext context) =>
        TranslatedAsync(() => desk.ResumeAsync(request.Id, context.CancellationToken));

    public override Task Watch(RunRequest request, IServerStreamWriter<Run> responseStream, ServerCallContext context) => TranslatedAsync(async () =>
    {
        // A run may go on for hours; the service must not wait for that when it ends.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var run in desk.WatchAsync(request.Id, either.Token))
            {
                await responseStream.WriteAsync(run, either.Token);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "The service ends; the run goes on. Watch it again when the service is back."));
        }

        return true;
    });

    private static async Task<T> TranslatedAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RunRefusedException refused)
        {
            TrainingRunsInstruments.Refused(refused.Reason.ToString());
            throw refused.Reason == RunRefusal.Full
                ? new RpcException(new Status(StatusCode.ResourceExhausted, refused.Message), RetryHint.After(WhenFull))
                : new RpcException(new Status(StatusOf(refused.Reason), refused.Message));
        }
        catch (CorpusException wrong)
        {
            TrainingRunsInstruments.Refused("Corpus");
            throw new RpcException(new Status(StatusCode.InvalidArgument, wrong.Message));
        }
    }

    private static StatusCode StatusOf(RunRefusal reason) => reason switch
    {
        RunRefusal.NotFound => StatusCode.NotFound,
        RunRefusal.WrongState => StatusCode.FailedPrecondition,
        _ => StatusCode.InvalidArgument,
    };
}

/// <summary>Has the runs looked after while the service is there; they do not end with it.</summary>
public sealed partial class RunKeeping(RunKeeper keeper, TrainingRunsOptions options, TimeProvider time, ILogger<RunKeeping> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Interval, time);
        try
        {
            do
            {
                await LookAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service ends; the runs go on.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keeper.LookAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            // A full disk, say: the runs themselves go on, and the next look may succeed.
            LogLookFailed(failure);
        }
    }

    [LoggerMessage(LogLevel.Error, "The runs could not be looked after.")]
    private partial void LogLookFailed(Exception failure);
}
