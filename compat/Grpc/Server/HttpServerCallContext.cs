using System.Globalization;
using System.Net.Sockets;
using Grpc.AspNetCore.Server.Features;
using Grpc.Core;
using Grpc.Net.Compression;
using Grpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>One call on one HTTP/2 stream.</summary>
internal sealed class HttpServerCallContext(HttpContext http, MethodOptions options, IMethod method) :
    ServerCallContext, IServerCallContextFeature
{
    private static readonly string[] StatusTexts =
        [.. Enumerable.Range(0, 17).Select(code => code.ToString(CultureInfo.InvariantCulture))];

    private CancellationTokenSource? _deadlineSource;
    private DateTime _deadline = DateTime.MaxValue;
    private Metadata? _requestHeaders;
    private Metadata? _responseTrailers;
    private AuthContext? _auth;
    private Dictionary<object, object>? _userState;
    private Status _status = Status.DefaultSuccess;
    private ICompressionProvider? _responseCompression;
    private bool _headersGiven;

    public HttpContext Http => http;

    ServerCallContext IServerCallContextFeature.ServerCallContext => this;

    /// <summary>How requests of this call are encoded.</summary>
    public ICompressionProvider? RequestCompression { get; private set; }

    /// <summary>Whether <see cref="Finish"/> has run: nothing can be read or written any more.</summary>
    public bool Ended { get; private set; }

    public bool IsDeadlinePassed => _deadlineSource is { IsCancellationRequested: true } && !http.RequestAborted.IsCancellationRequested;

    /// <summary>Cancelled at the deadline. The transport itself ends what waits when the caller goes away.</summary>
    public CancellationToken DeadlineToken { get; private set; }

    public int? MaxReceiveMessageSize => options.MaxReceiveMessageSize;

    protected override string MethodCore => method.FullName;

    protected override string HostCore => http.Request.Host.Value ?? "";

    protected override string PeerCore => http.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetwork } address => $"ipv4:{address}:{http.Connection.RemotePort}",
        var address => $"ipv6:[{address}]:{http.Connection.RemotePort}",
    };

    protected override DateTime DeadlineCore => _deadline;

    protected override Metadata RequestHeadersCore => _requestHeaders ??= ReadRequestHeaders();

    protected override CancellationToken CancellationTokenCore => _deadlineSource is null ? http.RequestAborted : DeadlineToken;

    protected override Metadata ResponseTrailersCore => _responseTrailers ??= [];

    protected override Status StatusCore
    {
        get => _status;
        set => _status = value;
    }

    protected override WriteOptions? WriteOptionsCore { get; set; }

    protected override AuthContext AuthContextCore => _auth ??= new AuthContext(null, []);

    protected override IDictionary<object, object> UserStateCore => _userState ??= [];

    public void Start(bool streamsRequests)
    {
        http.Features.Set<IServerCallContextFeature>(this);
        var headers = http.Request.Headers;
        if (HeaderText.ParseTimeout(headers.GrpcTimeout) is { } timeout)
        {
            _deadline = DateTime.UtcNow + timeout;
            _deadlineSource = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            DeadlineToken = _deadlineSource.Token;
            _deadlineSource.CancelAfter(TimeSpan.FromTicks(Math.Min(timeout.Ticks, TimeSpan.FromDays(40).Ticks)));
        }

        http.Response.ContentType = HeaderText.ContentType;
        LiftBodyLimits(streamsRequests);
        if (options.ResponseCompression is { } compression && Accepts(headers.GrpcAcceptEncoding, compression.EncodingName))
        {
            _responseCompression = compression;
            http.Response.Headers.GrpcEncoding = compression.EncodingName;
        }

        if (headers.GrpcEncoding.Count > 0)
        {
            http.Response.Headers.GrpcAcceptEncoding = options.Encodings.Accepted;
            RequestCompression = options.Encodings.Find(headers.GrpcEncoding);
        }
    }

    /// <summary>Into the response's buffer; the caller flushes.</summary>
    public void Write<T>(Marshaller<T> marshaller, T message, WriteOptions? writeOptions)
    {
        var flags = (writeOptions ?? WriteOptionsCore)?.Flags ?? default;
        MessageWriter.Write(
            marshaller, message, http.Response.BodyWriter, options.MaxSendMessageSize,
            (flags & WriteFlags.NoCompress) == 0 ? _responseCompression : null, options.ResponseCompressionLevel);
    }

    public void Fail(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            _status = rpc.Status;
            foreach (var entry in rpc.Trailers)
            {
                ResponseTrailersCore.Add(entry);
            }
        }
        else if (exception is OperationCanceledException && CancellationTokenCore.IsCancellationRequested)
        {
            _status = new Status(StatusCode.Cancelled, "Call canceled.");
        }
        else
        {
            _status = new Status(
                StatusCode.Unknown,
                options.EnableDetailedErrors
                    ? $"Exception was thrown by handler. {exception.GetType().Name}: {exception.Message}"
                    : "Exception was thrown by handler.",
                exception);
        }
    }

    /// <summary>Status and trailers: in the headers where nothing has been sent yet, else after the last message.</summary>
    public void Finish()
    {
        Ended = true;
        if (IsDeadlinePassed)
        {
            _status = new Status(StatusCode.DeadlineExceeded, "Deadline Exceeded");
        }

        _deadlineSource?.Dispose();
        var destination = http.Response.HasStarted
            ? http.Features.Get<IHttpResponseTrailersFeature>()!.Trailers
            : http.Response.Headers;
        var code = (int)_status.StatusCode;
        destination.GrpcStatus =
            (uint)code < (uint)StatusTexts.Length ? StatusTexts[code] : code.ToString(CultureInfo.InvariantCulture);
        if (!string.IsNullOrEmpty(_status.Detail))
        {
            destination.GrpcMessage = HeaderText.EncodeMessage(_status.Detail);
        }

        if (_responseTrailers is not null)
        {
            Append(_responseTrailers, destination);
        }

        if (http.Features.Get<IHttpActivityFeature>()?.Activity is { } activity)
        {
            activity.SetTag("grpc.method", method.FullName);
            activity.SetTag("grpc.status_code", StatusTexts[Math.Clamp(code, 0, 16)]);
        }
    }

    protected override async Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
    {
        ArgumentNullException.ThrowIfNull(responseHeaders);
        if (_headersGiven || http.Response.HasStarted)
        {
            throw new InvalidOperationException("Response headers can only be sent once per call.");
        }

        _headersGiven = true;
        foreach (var entry in responseHeaders)
        {
            if (entry.Key == HeaderText.RequestEncoding)
            {
                _responseCompression = options.Encodings.Find(entry.Value);
                http.Response.Headers.GrpcEncoding = entry.Value;
            }
        }

        Append(responseHeaders, http.Response.Headers);
        await http.Response.BodyWriter.FlushAsync(DeadlineToken).ConfigureAwait(false);
    }

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options)
    {
        options ??= ContextPropagationOptions.Default;
        return new CallPropagationToken(
            options.IsPropagateDeadline ? _deadline : DateTime.MaxValue,
            options.IsPropagateCancellation ? CancellationTokenCore : default);
    }

    private static bool Accepts(string? accepted, string name)
    {
        foreach (var part in accepted.AsSpan().Split(','))
        {
            if (accepted.AsSpan(part).Trim().SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private static void Append(Metadata metadata, IHeaderDictionary destination)
    {
        foreach (var entry in metadata)
        {
            if (!HeaderText.IsReserved(entry.Key) && entry.Key != HeaderText.RequestEncoding)
            {
                destination.Append(entry.Key, HeaderText.Value(entry));
            }
        }
    }

    private Metadata ReadRequestHeaders()
    {
        var metadata = new Metadata();
        foreach (var (name, values) in http.Request.Headers)
        {
            if (HeaderText.IsReserved(name) || name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var value in values)
            {
                HeaderText.Add(metadata, name.ToLowerInvariant(), value ?? "");
            }
        }

        return metadata;
    }

    /// <summary>Messages have limits of their own: a stream of them may be long, and slow.</summary>
    private void LiftBodyLimits(bool streamsRequests)
    {
        if (!streamsRequests && options.MaxReceiveMessageSize <= GrpcServiceOptions.DefaultReceiveMaxMessageSize)
        {
            return;
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (streamsRequests && http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }
    }
}

internal sealed class CallPropagationToken(DateTime deadline, CancellationToken cancellationToken) : ContextPropagationToken
{
    public DateTime Deadline => deadline;

    public CancellationToken CancellationToken => cancellationToken;
}
