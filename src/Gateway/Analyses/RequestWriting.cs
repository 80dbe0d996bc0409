using Grpc.Core;

namespace Emotion.Gateway.Analyses;

/// <summary>Writing to a replica that may end the call, or go away, before it has all of it.</summary>
internal static class RequestWriting
{
    /// <returns>Whether it has gone out. If not, the call is over: its answer says why, as a status, and not that writing broke off.</returns>
    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public static Task<bool> TryWriteAsync<TRequest>(this IClientStreamWriter<TRequest> requests, TRequest request, CancellationToken cancellationToken) =>
        TryAsync(() => requests.WriteAsync(request, cancellationToken));

    /// <summary>Says that this was all.</summary>
    public static Task<bool> TryCompleteAsync<TRequest>(this IClientStreamWriter<TRequest> requests) => TryAsync(requests.CompleteAsync);

    private static async Task<bool> TryAsync(Func<Task> write)
    {
        try
        {
            await write();
            return true;
        }
        catch (Exception failure) when (failure is RpcException or InvalidOperationException or HttpRequestException or IOException)
        {
            return false; // The call ended meanwhile, or the connection did.
        }
    }
}
