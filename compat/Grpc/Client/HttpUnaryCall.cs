using System.Globalization;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One request, one response; sent again where its service config allows it.</summary>
internal sealed class HttpUnaryCall<TRequest, TResponse>(
    GrpcChannel channel, Method<TRequest, TResponse> method, string? host, in CallOptions options)
    : HttpCall(channel, method, host, options)
    where TRequest : class where TResponse : class
{
    public AsyncUnaryCall<TResponse> Start(TRequest request) => new(
        RunAsync(request),
        static call => ((HttpCall)call).GetHeadersAsync(),
        static call => ((HttpCall)call).GetStatus(),
        static call => ((HttpCall)call).GetTrailers(),
        static call => ((HttpCall)call).Dispose(),
        this);

    private async Task<TResponse> RunAsync(TRequest request)
    {
        var kept = 0L;
        try
        {
            Begin();
            var content = RequestContent.Serialize(Channel, Options, method.RequestMarshaller, request);
            var rule = Method.Retry is { } policy && Channel.TryKeepForRetry(content.Length) ? policy : null;
            kept = rule is null ? 0 : content.Length;
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await OpenAsync(content, attempt).ConfigureAwait(false);
                    var response = Reader is null ? null : await ReadSingleAsync(Reader).ConfigureAwait(false);
                    EndWithTrailers(lacksMessage: response is null);
                    Channel.Throttle?.Succeeded();
                    return response!;
                }
                catch (Exception exception) when (rule is not null && FindPause(rule, attempt, exception) is { } pause)
                {
                    await Task.Delay(pause, Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception)
        {
            throw Fail(exception);
        }
        finally
        {
            if (kept > 0)
            {
                Channel.ReleaseRetry(kept);
            }
        }
    }

    private async ValueTask<TResponse?> ReadSingleAsync(ResponseReader reader)
    {
        var response = await reader.ReadAsync(method.ResponseMarshaller, Token).ConfigureAwait(false);
        if (response is not null && await reader.ReadAsync(method.ResponseMarshaller, Token).ConfigureAwait(false) is not null)
        {
            throw new RpcException(new Status(StatusCode.Internal, "Unexpected data after finished reading message."));
        }

        return response;
    }

    /// <summary>Null: no more attempts. A response that has begun commits the call.</summary>
    private TimeSpan? FindPause(RetryRule rule, int attempt, Exception exception)
    {
        if (Token.IsCancellationRequested || HeadersReceived)
        {
            return null;
        }

        var status = Explain(exception);
        if (!rule.Codes.Contains(status.StatusCode))
        {
            return null;
        }

        Channel.Throttle?.Failed();
        if (attempt >= rule.MaxAttempts || Channel.Throttle?.AllowsRetry == false)
        {
            return null;
        }

        if ((exception as RpcException)?.Trailers.GetValue(HeaderText.RetryPushback) is { } pushback)
        {
            return int.TryParse(pushback, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                ? TimeSpan.FromMilliseconds(milliseconds)
                : null;
        }

        return rule.Backoff(attempt);
    }
}

internal static class RequestContent
{
    /// <summary>The request with its frame, in a pooled buffer that the content owns.</summary>
    public static MessageContent Serialize<T>(GrpcChannel channel, in CallOptions options, Marshaller<T> marshaller, T request)
    {
        var buffer = new PooledBuffer();
        try
        {
            var encoding = channel.Encodings.Find(options.Headers?.GetValue(HeaderText.RequestEncoding));
            MessageWriter.Write(marshaller, request, buffer, channel.Options.MaxSendMessageSize, encoding);
            return new MessageContent(buffer);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
