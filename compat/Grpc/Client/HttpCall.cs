using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>One call, whatever its kind: sending it, its deadline and cancellation, and how it ended.</summary>
internal abstract class HttpCall
{
    private const int MaxUnsentTries = 5;
    private static readonly TimeSpan MaxTimer = TimeSpan.FromDays(40);
    private static readonly Version Http2 = HttpVersion.Version20;

    private readonly CancellationTokenSource _cancel = new();
    private readonly CancellationTokenRegistration _callerCancels;
    private readonly CancellationTokenRegistration _parentCancels;
    private readonly CancellationToken _parentToken;
    private readonly string? _host;
    private readonly DateTime _deadline;
    private HttpResponseMessage? _response;
    private TaskCompletionSource<Metadata>? _headers;
    private Metadata? _responseHeaders;
    private CallContent? _content;
    private Replica? _replica;
    private Activity? _activity;
    private Metadata _trailers = Metadata.Empty;
    private Status _status;
    private bool _disposed;

    protected HttpCall(GrpcChannel channel, IMethod method, string? host, in CallOptions options)
    {
        ObjectDisposedException.ThrowIf(channel.Disposed, channel);
        Channel = channel;
        Method = channel.GetMethod(method);
        Options = options;
        _host = host;
        _deadline = CheckDeadline(options.Deadline);
        if (options.PropagationToken is CallPropagationToken parent)
        {
            _deadline = parent.Deadline < _deadline ? parent.Deadline : _deadline;
            _parentToken = parent.CancellationToken;
            _parentCancels = _parentToken.UnsafeRegister(static call => ((HttpCall)call!)._cancel.Cancel(), this);
        }

        _callerCancels = options.CancellationToken.UnsafeRegister(static call => ((HttpCall)call!)._cancel.Cancel(), this);
    }

    protected GrpcChannel Channel { get; }

    protected ClientMethod Method { get; }

    protected CallOptions Options { get; }

    /// <summary>Cancelled by the caller, by the deadline and by <see cref="Dispose"/>.</summary>
    protected CancellationToken Token => _cancel.Token;

    /// <summary>Null before the response came, and where it came without messages.</summary>
    protected ResponseReader? Reader { get; private set; }

    protected bool HeadersReceived => _response is not null && Reader is not null;

    internal bool Ended { get; private set; }

    public Status GetStatus() => Ended
        ? _status
        : throw new InvalidOperationException("Unable to get the status because the call is not complete.");

    public Metadata GetTrailers() => Ended
        ? _trailers
        : throw new InvalidOperationException("Can't get the call trailers because the call has not completed.");

    public Task<Metadata> GetHeadersAsync()
    {
        lock (_cancel)
        {
            if (_headers is null)
            {
                _headers = new TaskCompletionSource<Metadata>(TaskCreationOptions.RunContinuationsAsynchronously);
                CompleteHeaders();
            }

            return _headers.Task;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        if (!Ended)
        {
            _cancel.Cancel();
            End(new Status(StatusCode.Cancelled, "gRPC call disposed."), Metadata.Empty);
        }
    }

    /// <summary>What a caller sees of a call that ended otherwise than well.</summary>
    public Exception CreateException() =>
        Channel.Options.ThrowOperationCanceledOnCancellation
        && (_status.StatusCode == StatusCode.Cancelled || _status.StatusCode == StatusCode.DeadlineExceeded)
            ? new OperationCanceledException(
                _status.Detail, new RpcException(_status, _trailers), Options.CancellationToken)
            : new RpcException(_status, _trailers);

    /// <summary>What a writer sees whose message was not taken, while how the call ends is not known yet.</summary>
    public RpcException CreateWriteException(Exception exception) => new(Explain(exception));

    /// <summary>To be called once, inside the asynchronous method that lives as long as the call.</summary>
    protected void Begin()
    {
        if (_deadline != DateTime.MaxValue)
        {
            var left = _deadline - DateTime.UtcNow;
            if (left <= TimeSpan.Zero)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, "The deadline had passed before the call was made."));
            }

            _cancel.CancelAfter(left < MaxTimer ? left : MaxTimer);
        }

        _activity = ClientDiagnostics.Start(Method);
    }

    /// <summary>Sends the call and waits for the headers of the response, going to another replica while nothing was sent.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    protected async ValueTask OpenAsync(CallContent content, int attempt)
    {
        _content = content;
        Reader?.Dispose();
        Reader = null;
        _response?.Dispose();
        _response = null;
        for (var tries = 1; ; tries++)
        {
            _replica = Channel.Balancer is { } balancer
                ? await balancer.PickAsync(Options.IsWaitForReady, Token).ConfigureAwait(false)
                : null;
            var request = CreateRequest(content, attempt);
            if (Channel.Options.Credentials?.Call is not null || Options.Credentials is not null)
            {
                await AuthenticateAsync(request).ConfigureAwait(false);
            }

            try
            {
                var response = await Channel.SendAsync(request, Token).ConfigureAwait(false);
                await AcceptAsync(response).ConfigureAwait(false);
                return;
            }
            catch (HttpRequestException exception) when (
                _replica is not null && !content.Begun && tries < MaxUnsentTries && !Token.IsCancellationRequested)
            {
                _replica.Suspect(exception);
            }
        }
    }

    /// <summary>After the last message: ends the call with what the trailers say, and throws unless that is OK.</summary>
    protected void EndWithTrailers(bool lacksMessage)
    {
        var response = _response!;
        var headers = Reader is null ? response.Headers : response.TrailingHeaders;
        var status = StatusMapping.Read(headers)
            ?? new Status(StatusCode.Cancelled, "No grpc-status found on response.");
        var trailers = headers.NonValidated.Count > 1 ? StatusMapping.ReadMetadata(headers) : Metadata.Empty;
        if (status.StatusCode != StatusCode.OK)
        {
            throw new RpcException(status, trailers);
        }

        if (lacksMessage)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The call ended well, but without its response message."));
        }

        End(status, trailers);
    }

    /// <summary>Ends the call with what went wrong, and returns what the caller is to see.</summary>
    protected Exception Fail(Exception exception)
    {
        if (!Ended)
        {
            var status = Explain(exception);
            End(status, (exception as RpcException)?.Trailers ?? Metadata.Empty);
        }

        return CreateException();
    }

    /// <summary>How an attempt ended, without ending the call.</summary>
    protected Status Explain(Exception exception)
    {
        if (exception is RpcException rpc)
        {
            return rpc.Status;
        }

        if (Options.CancellationToken.IsCancellationRequested || _parentToken.IsCancellationRequested || _disposed)
        {
            return new Status(StatusCode.Cancelled, "Call canceled by the client.", exception);
        }

        if (DateTime.UtcNow >= _deadline || (Token.IsCancellationRequested && _deadline != DateTime.MaxValue))
        {
            return new Status(StatusCode.DeadlineExceeded, "", exception);
        }

        _replica?.Suspect(exception);
        return StatusMapping.FromException(exception);
    }

    protected CancellationTokenRegistration CancelWith(CancellationToken token) =>
        token.UnsafeRegister(static call => ((HttpCall)call!)._cancel.Cancel(), this);

    private void End(Status status, Metadata trailers)
    {
        lock (_cancel)
        {
            if (Ended)
            {
                return;
            }

            (_status, _trailers) = (status, trailers);
            Ended = true;
            CompleteHeaders();
        }

        _callerCancels.Unregister();
        _parentCancels.Unregister();
        if (status.StatusCode != StatusCode.OK)
        {
            _cancel.Cancel();
        }
        else if (_deadline != DateTime.MaxValue)
        {
            _cancel.CancelAfter(Timeout.InfiniteTimeSpan);
        }

        _content?.End();
        Reader?.Dispose();
        _response?.Dispose();
        ClientDiagnostics.Stop(_activity, status);
    }

    private static DateTime CheckDeadline(DateTime? deadline) => deadline switch
    {
        null => DateTime.MaxValue,
        { } given when given == DateTime.MaxValue || given == DateTime.MinValue || given.Kind == DateTimeKind.Utc => given,
        _ => throw new InvalidOperationException(
            "Deadline must have a kind DateTimeKind.Utc or be equal to DateTime.MaxValue or DateTime.MinValue."),
    };

    private HttpRequestMessage CreateRequest(CallContent content, int attempt)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _replica?.UriOf(Method) ?? Method.Uri)
        {
            Version = Http2,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        var headers = request.Headers;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", ClientDiagnostics.UserAgent);
        headers.TryAddWithoutValidation(HeaderText.AcceptEncoding, Channel.Encodings.Accepted);
        if ((_host ?? _replica?.Authority) is { } authority)
        {
            headers.Host = authority;
        }

        if (_deadline != DateTime.MaxValue)
        {
            headers.TryAddWithoutValidation(HeaderText.Timeout, HeaderText.FormatTimeout(_deadline - DateTime.UtcNow));
        }

        if (attempt > 1)
        {
            headers.TryAddWithoutValidation(
                HeaderText.PreviousAttempts, (attempt - 1).ToString(CultureInfo.InvariantCulture));
        }

        foreach (var entry in Options.Headers ?? Metadata.Empty)
        {
            if (entry.Key == HeaderText.RequestEncoding)
            {
                headers.TryAddWithoutValidation(HeaderText.Encoding, entry.Value);
            }
            else if (!HeaderText.IsReserved(entry.Key))
            {
                headers.TryAddWithoutValidation(entry.Key, HeaderText.Value(entry));
            }
        }

        return request;
    }

    private async Task AuthenticateAsync(HttpRequestMessage request)
    {
        if (!Channel.IsSecure && !Channel.Options.UnsafeUseInsecureChannelCallCredentials)
        {
            return;
        }

        var service = new Uri(request.RequestUri!, "/" + Method.ServiceName).ToString();
        foreach (var credentials in new[] { Channel.Options.Credentials?.Call, Options.Credentials })
        {
            foreach (var interceptor in credentials?.Interceptors ?? [])
            {
                var metadata = new Metadata();
                await interceptor(new AuthInterceptorContext(service, Method.Name, Token), metadata).ConfigureAwait(false);
                foreach (var entry in metadata)
                {
                    request.Headers.TryAddWithoutValidation(entry.Key, HeaderText.Value(entry));
                }
            }
        }
    }

    /// <summary>A response with a status in its headers holds no messages.</summary>
    private async ValueTask AcceptAsync(HttpResponseMessage response)
    {
        _response = response;
        var status = StatusMapping.Read(response.Headers);
        if (status is null && response.StatusCode != HttpStatusCode.OK)
        {
            throw new RpcException(StatusMapping.FromHttp(response.StatusCode), StatusMapping.ReadMetadata(response.Headers));
        }

        if (status is { } early)
        {
            if (early.StatusCode != StatusCode.OK)
            {
                throw new RpcException(early, StatusMapping.ReadMetadata(response.Headers));
            }

            return;
        }

        var type = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) ? values.ToString() : null;
        if (!HeaderText.IsGrpc(type))
        {
            throw new RpcException(new Status(
                StatusCode.Cancelled, $"Bad gRPC response. Invalid content-type value: {type ?? "(null)"}"));
        }

        var encoding = response.Headers.NonValidated.TryGetValues(HeaderText.Encoding, out var names) ? names.ToString() : null;
        var stream = await response.Content.ReadAsStreamAsync(Token).ConfigureAwait(false);
        lock (_cancel)
        {
            if (Ended)
            {
                response.Dispose();
                throw new OperationCanceledException(Token);
            }

            Reader = new ResponseReader(stream, Channel.Options.MaxReceiveMessageSize, Channel.Encodings.Find(encoding));
            CompleteHeaders();
        }
    }

    /// <summary>Under the lock.</summary>
    private void CompleteHeaders()
    {
        if (_headers is null)
        {
            return;
        }

        if (Reader is not null || (Ended && _response is not null && _status.StatusCode == StatusCode.OK))
        {
            _headers.TrySetResult(_responseHeaders ??= StatusMapping.ReadMetadata(_response!.Headers));
        }
        else if (Ended)
        {
            _headers.TrySetException(CreateException());
            _ = _headers.Task.Exception;
        }
    }
}
