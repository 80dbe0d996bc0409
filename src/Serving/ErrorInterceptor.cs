using Emotion.Inference;
using Emotion.Media;
using Emotion.ServiceDefaults;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Emotion.Serving;

/// <summary>Gives what Inference and Media throw its status at the edge. What is not in the table is a defect, and stays UNKNOWN.</summary>
public sealed class ErrorInterceptor : Interceptor
{
    /// <summary>Some calls of a queue are done in this time.</summary>
    private static readonly TimeSpan WhenQueueIsFull = TimeSpan.FromMilliseconds(200);

    /// <summary>Some calls that have files are done in this time.</summary>
    private static readonly TimeSpan WhenDiskIsFull = TimeSpan.FromSeconds(1);

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        TranslateAsync(() => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        TranslateAsync(() => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        TranslateAsync(() => continuation(request, responseStream, context));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        TranslateAsync(() => continuation(requestStream, responseStream, context));

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (QueueFullException full)
        {
            throw new RpcException(new Status(StatusCode.ResourceExhausted, full.Message), RetryHint.After(WhenQueueIsFull));
        }
        catch (IOException failure) when (IsOfFullDisk(failure))
        {
            // As with a full queue another replica may have room. The exception's own words would name the file.
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, "There is no room on the disk for what was sent: try another replica, or later."),
                RetryHint.After(WhenDiskIsFull));
        }
        catch (Exception failure) when (StatusOf(failure) is { } status)
        {
            throw new RpcException(new Status(status, failure.Message));
        }
    }

    private static Task TranslateAsync(Func<Task> call) => TranslateAsync(async () =>
    {
        await call();
        return true;
    });

    // ENOSPC, and what Linux and macOS call EDQUOT: .NET passes the kernel's number on.
    private static bool IsOfFullDisk(IOException failure) =>
        failure.HResult == 28 || failure.HResult == (OperatingSystem.IsMacOS() ? 69 : 122);

    private static StatusCode? StatusOf(Exception failure) => failure switch
    {
        InvalidInputException => StatusCode.InvalidArgument,
        LimitExceededException => StatusCode.ResourceExhausted,
        IncompatibleVersionException or NotOfThisModelException => StatusCode.FailedPrecondition,
        ReleaseNotLoadedException => StatusCode.NotFound,
        ModelUnavailableException => StatusCode.Unavailable,
        MediaRefusedException { Reason: MediaRefusal.TooManyBytes or MediaRefusal.TooLong or MediaRefusal.TooCostly } => StatusCode.ResourceExhausted,
        MediaRefusedException => StatusCode.InvalidArgument,
        OperationCanceledException => StatusCode.Cancelled, // The caller has gone, or we shut down: then it asks another replica.
        _ => null,
    };
}
