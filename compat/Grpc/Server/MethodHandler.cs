using Grpc.Core;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

/// <summary>Serves one method: reads the request or the stream of them, calls the service, answers with a status in any case.</summary>
internal abstract partial class MethodHandler(IMethod method, MethodOptions options, ILogger logger)
{
    private readonly bool _streamsRequests = method.Type is MethodType.ClientStreaming or MethodType.DuplexStreaming;

    public Task HandleAsync(HttpContext http) => Admission.Refuse(http) ?? ServeAsync(http);

    protected abstract Task InvokeAsync(HttpServerCallContext call);

    /// <summary>Exactly one message, and the end of the requests after it.</summary>
    protected static async ValueTask<T> ReadSingleAsync<T>(HttpServerCallContext call, Marshaller<T> marshaller) where T : class
    {
        var reader = call.Http.Request.BodyReader;
        var decoder = new MessageDecoder(call.MaxReceiveMessageSize) { Compression = call.RequestCompression };
        T? message = null;
        while (true)
        {
            var result = await reader.ReadAsync(call.DeadlineToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (message is null)
            {
                decoder.TryDecode(ref buffer, marshaller, out message);
            }

            if (message is not null && !buffer.IsEmpty)
            {
                throw new RpcException(new Status(StatusCode.Internal, "Additional data after the message received."));
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return message ?? throw new RpcException(new Status(StatusCode.Internal, "Incomplete message."));
            }
        }
    }

    /// <summary>Not flushed: headers, message and trailers go together when the request ends.</summary>
    protected static async ValueTask WriteSingleAsync<T>(HttpServerCallContext call, Marshaller<T> marshaller, T? message)
        where T : class
    {
        if (message is null)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));
        }

        if (call.Status.StatusCode != StatusCode.OK)
        {
            return;
        }

        if (!call.Http.Response.HasStarted)
        {
            await call.Http.Response.StartAsync(CancellationToken.None).ConfigureAwait(false);
        }

        call.Write(marshaller, message, null);
    }

    private async Task ServeAsync(HttpContext http)
    {
        var call = new HttpServerCallContext(http, options, method);
        try
        {
            call.Start(_streamsRequests);
            await InvokeAsync(call).ConfigureAwait(false);
        }
        catch (RpcException exception)
        {
            LogStatus(logger, exception.StatusCode, method.FullName, exception.Status.Detail);
            call.Fail(exception);
        }
        catch (Exception exception) when (http.RequestAborted.IsCancellationRequested || IsCallerGone(exception))
        {
            LogAborted(logger, method.FullName, exception.Message);
            call.Fail(exception);
        }
        catch (OperationCanceledException exception) when (call.IsDeadlinePassed)
        {
            LogDeadline(logger, method.FullName);
            call.Fail(exception);
        }
        catch (Exception exception)
        {
            LogError(logger, exception, method.FullName);
            call.Fail(exception);
        }
        finally
        {
            call.Finish();
        }
    }

    private static bool IsCallerGone(Exception exception) =>
        exception is CallerGoneException or (IOException and not BadHttpRequestException);

    [LoggerMessage(1, LogLevel.Information, "{Method} ended with {Status}: {Detail}")]
    private static partial void LogStatus(ILogger logger, StatusCode status, string method, string detail);

    [LoggerMessage(2, LogLevel.Debug, "{Method}: the caller went away. {Message}")]
    private static partial void LogAborted(ILogger logger, string method, string message);

    [LoggerMessage(3, LogLevel.Debug, "{Method}: the deadline passed.")]
    private static partial void LogDeadline(ILogger logger, string method);

    [LoggerMessage(4, LogLevel.Error, "{Method} failed.")]
    private static partial void LogError(ILogger logger, Exception exception, string method);
}

/// <summary>The caller cancelled or its connection broke while its stream was read or written.</summary>
internal sealed class CallerGoneException(Exception? inner) :
    OperationCanceledException("The caller ended the call.", inner);
