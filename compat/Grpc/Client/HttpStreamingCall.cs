using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client;

/// <summary>The three kinds of call with a stream on at least one side.</summary>
internal sealed class HttpStreamingCall<TRequest, TResponse>(
    GrpcChannel channel, Method<TRequest, TResponse> method, string? host, in CallOptions options)
    : HttpCall(channel, method, host, options), IAsyncStreamReader<TResponse>
    where TRequest : class where TResponse : class
{
    private Task _opened = Task.CompletedTask;
    private int _reading;
    private bool _expectsOne;
    private bool _received;

    public TResponse Current { get; private set; } = null!;

    public AsyncServerStreamingCall<TResponse> StartServerStreaming(TRequest request)
    {
        _opened = SendAsync(
            () => RequestContent.Serialize(Channel, Options, method.RequestMarshaller, request));
        return new AsyncServerStreamingCall<TResponse>(this, Headers, StatusOf, Trailers, End, this);
    }

    public AsyncClientStreamingCall<TRequest, TResponse> StartClientStreaming()
    {
        var content = new MessageStreamContent();
        _expectsOne = true;
        _opened = SendAsync(() => content);
        var response = ReadSingleAsync();
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            CreateWriter(content), response, Headers, StatusOf, Trailers, End, this);
    }

    public AsyncDuplexStreamingCall<TRequest, TResponse> StartDuplex()
    {
        var content = new MessageStreamContent();
        _opened = SendAsync(() => content);
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            CreateWriter(content), this, Headers, StatusOf, Trailers, End, this);
    }

    public Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<bool>(cancellationToken);
        }

        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            return Task.FromException<bool>(
                new InvalidOperationException("Can't read the next message because the previous read is still in progress."));
        }

        return ReadNextAsync(cancellationToken);
    }

    private static Task<Metadata> Headers(object call) => ((HttpCall)call).GetHeadersAsync();

    private static Status StatusOf(object call) => ((HttpCall)call).GetStatus();

    private static Metadata Trailers(object call) => ((HttpCall)call).GetTrailers();

    private static void End(object call) => ((HttpCall)call).Dispose();

    private HttpStreamWriter<TRequest> CreateWriter(MessageStreamContent content) => new(
        this, content, method.RequestMarshaller, Channel.Options.MaxSendMessageSize,
        Channel.Encodings.Find(Options.Headers?.GetValue(HeaderText.RequestEncoding)), Options.WriteOptions);

    /// <summary>Never throws: what goes wrong ends the call, and readers ask the call.</summary>
    private async Task SendAsync(Func<CallContent> createContent)
    {
        try
        {
            Begin();
            await OpenAsync(createContent(), attempt: 1).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private async Task<bool> ReadNextAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var registration = CancelWith(cancellationToken);
            await _opened.ConfigureAwait(false);
            if (Ended)
            {
                return GetStatus().StatusCode == StatusCode.OK ? false : throw CreateException();
            }

            if (Reader is not null
                && await Reader.ReadAsync(method.ResponseMarshaller, Token).ConfigureAwait(false) is { } message)
            {
                Current = message;
                _received = true;
                return true;
            }

            Current = null!;
            EndWithTrailers(lacksMessage: _expectsOne && !_received);
            return false;
        }
        catch (Exception exception)
        {
            Current = null!;
            if (!Ended && cancellationToken.IsCancellationRequested)
            {
                throw Fail(new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.", exception)));
            }

            throw Fail(exception);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private async Task<TResponse> ReadSingleAsync()
    {
        await MoveNext(CancellationToken.None).ConfigureAwait(false);
        var response = Current;
        if (await MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            throw Fail(new RpcException(new Status(StatusCode.Internal, "Unexpected data after finished reading message.")));
        }

        return response;
    }
}
