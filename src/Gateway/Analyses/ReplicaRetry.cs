using Emotion.ServiceDefaults;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// Sends an idempotent stream again when its replica died, hangs, is full, or has not loaded the release yet: at once to each other
/// replica, and after a pause to all of them again.
/// </summary>
public sealed partial class ReplicaRetry(IOptions<CallOptions> options, TimeProvider clock, ILogger<ReplicaRetry> logger)
{
    private readonly CallOptions _options = options.Value;

    /// <param name="replicas">Of one service.</param>
    /// <param name="deadline">Of each try.</param>
    /// <param name="call">One whole try: must not leave anything behind when it fails.</param>
    /// <param name="cancellationToken">Ends all tries.</param>
    /// <exception cref="OperationCanceledException">Cancelled by <paramref name="cancellationToken"/>.</exception>
    /// <exception cref="RpcException">The last try failed, or it makes no sense to try again.</exception>
    public async Task<T> RunAsync<TClient, T>(
        Replicas<TClient> replicas,
        TimeSpan deadline,
        Func<TClient, DateTime, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken) where TClient : ClientBase
    {
        var tried = new HashSet<Replicas<TClient>.Replica>();
        var backOff = _options.FirstBackOff;
        for (var attempt = 1; ; attempt++)
        {
            var replica = replicas.Next(tried);
            try
            {
                return await TryAsync(replicas, replica, deadline, call, cancellationToken);
            }
            catch (RpcException) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (RpcException failure) when (attempt < _options.Attempts && MayHelp(failure))
            {
                LogRetry(attempt, _options.Attempts, typeof(TClient).Name, replica.Address, failure.Status);
                GatewayInstruments.Retries.Add(1, new KeyValuePair<string, object?>("client", typeof(TClient).Name));
                tried.Add(replica);
                if (IsBroken(failure.StatusCode))
                {
                    replicas.Rest(replica);
                }
            }
            catch (RpcException failure)
            {
                LogGaveUp(attempt, typeof(TClient).Name, replica.Address, failure.Status);
                throw;
            }

            if (tried.Count >= replicas.Count)
            {
                tried.Clear();
                await Task.Delay(backOff, clock, cancellationToken);
                backOff = backOff * 2 < _options.LongestBackOff ? backOff * 2 : _options.LongestBackOff;
            }
        }
    }

    /// <summary>One try, which ends too when it is seen by others that the replica hangs: nobody need wait for the deadline.</summary>
    private async Task<T> TryAsync<TClient, T>(
        Replicas<TClient> replicas,
        Replicas<TClient>.Replica replica,
        TimeSpan deadline,
        Func<TClient, DateTime, CancellationToken, Task<T>> call,
        CancellationToken cancellationToken) where TClient : ClientBase
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, replicas.UntilGivenUp(replica));
        try
        {
            return await call(replica.Client, clock.GetUtcNow().UtcDateTime + deadline, over.Token);
        }
        catch (Exception end) when (end is RpcException or OperationCanceledException && over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "It hangs: it says nothing any more."));
        }
    }

    private static bool IsBroken(StatusCode status) => status
        is StatusCode.Unavailable // dead, shutting down, or without a model
        or StatusCode.Cancelled // not by us, which is told apart before: it is shutting down, and cancels what it has under way
        or StatusCode.DeadlineExceeded // hung, or overloaded
        or StatusCode.Internal; // the connection broke in mid-answer

    private static bool MayHelp(RpcException failure) => IsBroken(failure.StatusCode) || failure.StatusCode
        is StatusCode.NotFound // has not loaded this release yet
        or StatusCode.Aborted
        || IsFull(failure);

    /// <summary>Its queue is full: not that the call itself is beyond a limit, which is the same everywhere.</summary>
    public static bool IsFull(RpcException failure) => failure.StatusCode == StatusCode.ResourceExhausted && RetryHint.IsGiven(failure);

    [LoggerMessage(LogLevel.Warning, "Call {Attempt} of {Attempts} of {Client} failed at {Address}, trying again: {Status}")]
    private partial void LogRetry(int attempt, int attempts, string client, string address, Status status);

    [LoggerMessage(LogLevel.Error, "Call {Attempt} of {Client} failed at {Address} for good: {Status}")]
    private partial void LogGaveUp(int attempt, string client, string address, Status status);
}
