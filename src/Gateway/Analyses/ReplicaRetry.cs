using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// Sends an idempotent call again when its replica died, hangs, is full, or has not loaded the release yet. Calls go round the replicas,
/// so the next try meets another one.
/// </summary>
public sealed partial class ReplicaRetry(IOptions<CallOptions> options, TimeProvider clock, ILogger<ReplicaRetry> logger)
{
    /// <param name="service">For logs and metrics.</param>
    /// <param name="deadline">Of each try.</param>
    /// <param name="call">One whole try: must not leave anything behind when it fails.</param>
    /// <param name="cancellationToken">Ends all tries.</param>
    /// <exception cref="OperationCanceledException">Cancelled by <paramref name="cancellationToken"/>.</exception>
    /// <exception cref="RpcException">The last try failed, or it makes no sense to try again.</exception>
    public async Task<T> RunAsync<T>(
        string service, TimeSpan deadline, Func<DateTime, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var backOff = options.Value.FirstBackOff;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call(clock.GetUtcNow().UtcDateTime + deadline, cancellationToken);
            }
            catch (RpcException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (RpcException failure) when (attempt < options.Value.Attempts && MayHelp(failure.StatusCode))
            {
                LogRetry(service, attempt, options.Value.Attempts, failure.Status);
                GatewayInstruments.Retries.Add(1, new KeyValuePair<string, object?>("service", service));
            }

            await Task.Delay(backOff, clock, cancellationToken);
            backOff *= 2;
        }
    }

    private static bool MayHelp(StatusCode status) => status
        is StatusCode.Unavailable // dead, or shutting down
        or StatusCode.DeadlineExceeded // hung, or overloaded
        or StatusCode.ResourceExhausted // its queue is full
        or StatusCode.NotFound // has not loaded this release yet
        or StatusCode.Internal // the connection broke in mid-answer
        or StatusCode.Aborted;

    [LoggerMessage(LogLevel.Warning, "Call {Attempt} of {Attempts} to {Service} failed, trying another replica: {Status}")]
    private partial void LogRetry(string service, int attempt, int attempts, Status status);
}
