using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Wire;

namespace Grpc.Net.Client.Balancer;

internal enum ReplicaState
{
    Connecting,
    Ready,
    Failed,
}

/// <summary>
/// One address of a balanced channel. It takes calls once it has answered a probe; a transport failure of any call puts it back
/// to probing, with growing pauses, so that no call is risked on one that is dead or hangs.
/// </summary>
internal sealed class Replica(ReplicaBalancer balancer, GrpcChannel channel, BalancerAddress address) : IDisposable
{
    private const string ProbePath = "/grpc.health.v1.Health/Check";
    private const double BackoffFactor = 1.6;
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);
    private static readonly byte[] EmptyMessage = new byte[MessageWriter.HeaderSize];

    private readonly ConcurrentDictionary<ClientMethod, Uri> _uris = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _base = new($"{(channel.IsSecure ? "https" : "http")}://{address}");
    private int _probing;

    public BalancerAddress Address => address;

    /// <summary>What goes into <c>:authority</c>; null for the address itself.</summary>
    public string? Authority => address.Authority;

    public ReplicaState State { get; private set; } = ReplicaState.Connecting;

    public Exception? Failure { get; private set; }

    public Uri UriOf(ClientMethod method) =>
        _uris.GetOrAdd(method, static (method, root) => new Uri(root, method.FullName), _base);

    /// <summary>Takes no calls until it has answered a probe.</summary>
    public void StartProbing()
    {
        if (Interlocked.Exchange(ref _probing, 1) != 0)
        {
            return;
        }

        State = ReplicaState.Connecting;
        balancer.Update();
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(ProbeAsync);
        }
    }

    /// <summary>A call failed in the transport.</summary>
    public void Suspect(Exception exception)
    {
        if (exception is HttpRequestException or IOException && State == ReplicaState.Ready)
        {
            Failure = exception;
            StartProbing();
        }
    }

    public void Dispose() => _stop.Cancel();

    private async Task ProbeAsync()
    {
        var pause = channel.Options.InitialReconnectBackoff;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await AskAsync().ConfigureAwait(false);
                State = ReplicaState.Ready;
                Volatile.Write(ref _probing, 0);
                balancer.Update();
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
            {
                Failure = exception is OperationCanceledException
                    ? new TimeoutException($"{address} did not answer within {ProbeTimeout.TotalSeconds} s.")
                    : exception;
                State = ReplicaState.Failed;
                balancer.Update();
            }

            await Task.Delay(pause * (0.8 + (0.4 * Random.Shared.NextDouble())), _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var longest = channel.Options.MaxReconnectBackoff ?? TimeSpan.MaxValue;
            pause = pause * BackoffFactor < longest ? pause * BackoffFactor : longest;
        }
    }

    /// <summary>Any answer will do: a server without a health service says UNIMPLEMENTED, and is alive.</summary>
    private async Task AskAsync()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(ProbeTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_base, ProbePath))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(EmptyMessage),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(HeaderText.ContentType);
        request.Headers.TryAddWithoutValidation("te", "trailers");
        request.Headers.Host = address.Authority;
        using var response = await channel.SendAsync(request, timeout.Token).ConfigureAwait(false);
        Debug.Assert(response.Version == HttpVersion.Version20, "VersionExact was asked for.");
    }
}
