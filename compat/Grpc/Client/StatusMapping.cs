using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>From what HTTP says to what gRPC says.</summary>
internal static class StatusMapping
{
    private const int Http2RefusedStream = 7;
    private const int Http2Cancel = 8;
    private const int Http2EnhanceYourCalm = 11;
    private const int Http2InadequateSecurity = 12;

    /// <summary>As gRPC's table "HTTP to gRPC status code mapping".</summary>
    public static Status FromHttp(HttpStatusCode code) => new(
        code switch
        {
            HttpStatusCode.BadRequest => StatusCode.Internal,
            HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            HttpStatusCode.NotFound => StatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        },
        $"Bad gRPC response. HTTP status code: {(int)code}");

    public static Status FromException(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpProtocolException protocol)
            {
                return FromHttp2(protocol, exception);
            }
        }

        return exception switch
        {
            HttpRequestException or IOException or ObjectDisposedException =>
                new Status(StatusCode.Unavailable, $"Error connecting to the service. {Describe(exception)}", exception),
            OperationCanceledException => new Status(StatusCode.Cancelled, "Call canceled by the client.", exception),
            _ => new Status(StatusCode.Internal, $"Error starting gRPC call. {Describe(exception)}", exception),
        };
    }

    /// <summary>Null where the headers hold no status.</summary>
    public static Status? Read(HttpHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues(HeaderText.Status, out var values))
        {
            return null;
        }

        var text = values.ToString();
        if (text == "0" && !headers.NonValidated.Contains(HeaderText.Message))
        {
            return Status.DefaultSuccess;
        }

        var detail = headers.NonValidated.TryGetValues(HeaderText.Message, out var messages)
            ? HeaderText.DecodeMessage(messages.ToString())
            : "";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? new Status(code is >= 0 and <= 16 ? (StatusCode)code : StatusCode.Unknown, detail)
            : new Status(StatusCode.Unknown, $"Unexpected grpc-status value: {text}");
    }

    public static Metadata ReadMetadata(HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            if (HeaderText.IsReserved(name))
            {
                continue;
            }

            foreach (var value in values)
            {
                HeaderText.Add(metadata, name.ToLowerInvariant(), value);
            }
        }

        return metadata;
    }

    /// <summary>
    /// The runtime has one exception for a stream that the server reset and for a connection that is gone (closed, or a ping
    /// without an answer); only its text tells them apart, and only the first is about this call.
    /// </summary>
    private static Status FromHttp2(HttpProtocolException protocol, Exception exception) => new(
        protocol.ErrorCode switch
        {
            _ when !protocol.Message.Contains("reset the stream", StringComparison.Ordinal) => StatusCode.Unavailable,
            Http2RefusedStream => StatusCode.Unavailable,
            Http2Cancel => StatusCode.Cancelled,
            Http2EnhanceYourCalm => StatusCode.ResourceExhausted,
            Http2InadequateSecurity => StatusCode.PermissionDenied,
            _ => StatusCode.Internal,
        },
        Describe(exception),
        exception);

    private static string Describe(Exception exception) =>
        exception.InnerException is { } inner && inner.Message != exception.Message
            ? $"{exception.GetType().Name}: {exception.Message} {inner.GetType().Name}: {inner.Message}"
            : $"{exception.GetType().Name}: {exception.Message}";
}
