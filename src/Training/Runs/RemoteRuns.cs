using System.Runtime.CompilerServices;
using Emotion.Contracts.Training.V1;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Grpc.Net.Client;

namespace Emotion.Training.Runs;

/// <summary>Runs of a training service, over gRPC.</summary>
/// <param name="token">That of the service, where it asks for one.</param>
public sealed class RemoteRuns(Uri service, ServiceToken token, TimeProvider time) : ITrainingRuns, IDisposable
{
    /// <summary>Of calls that answer at once; a corpus may be unpacked in one.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(service);

    private TrainingRuns.TrainingRunsClient Client => new(token.Over(_channel));

    public Task<Run> StartAsync(StartRequest request, CancellationToken cancellationToken) =>
        ToldAsync(() => Client.StartAsync(request, deadline: In(Deadline), cancellationToken: cancellationToken).ResponseAsync);

    public async Task<IReadOnlyList<Run>> ListAsync(int limit, CancellationToken cancellationToken) => (await ToldAsync(
        () => Client.ListAsync(new ListRequest { Limit = limit }, deadline: In(Deadline), cancellationToken: cancellationToken).ResponseAsync)).Runs;

    public Task<Run> GetAsync(string id, CancellationToken cancellationToken) =>
        ToldAsync(() => Client.GetAsync(new RunRequest { Id = id }, deadline: In(Deadline), cancellationToken: cancellationToken).ResponseAsync);

    /// <summary>Without a deadline: as long as the run.</summary>
    public async IAsyncEnumerable<Run> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = Client.Watch(new RunRequest { Id = id }, cancellationToken: cancellationToken);
        while (await ToldAsync(() => call.ResponseStream.MoveNext(cancellationToken)))
        {
            yield return call.ResponseStream.Current;
        }
    }

    public Task<Run> CancelAsync(string id, CancellationToken cancellationToken) =>
        ToldAsync(() => Client.CancelAsync(new RunRequest { Id = id }, deadline: In(Deadline), cancellationToken: cancellationToken).ResponseAsync);

    public Task<Run> ResumeAsync(string id, CancellationToken cancellationToken) =>
        ToldAsync(() => Client.ResumeAsync(new RunRequest { Id = id }, deadline: In(Deadline), cancellationToken: cancellationToken).ResponseAsync);

    public void Dispose() => _channel.Dispose();

    private DateTime In(TimeSpan span) => (time.GetUtcNow() + span).UtcDateTime;

    // A refusal says the same whether it comes over the wire or not.
    private static async Task<T> ToldAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException failure) when (ReasonOf(failure.StatusCode) is { } reason)
        {
            throw new RunRefusedException(reason, failure.Status.Detail);
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.Cancelled)
        {
            throw new OperationCanceledException(failure.Message, failure);
        }
        catch (RpcException failure)
        {
            throw new IOException($"The training service does not answer: {failure.Status.Detail}", failure);
        }
    }

    private static RunRefusal? ReasonOf(StatusCode status) => status switch
    {
        StatusCode.InvalidArgument => RunRefusal.Invalid,
        StatusCode.NotFound => RunRefusal.NotFound,
        StatusCode.FailedPrecondition => RunRefusal.WrongState,
        StatusCode.ResourceExhausted => RunRefusal.Full,
        _ => null,
    };
}
