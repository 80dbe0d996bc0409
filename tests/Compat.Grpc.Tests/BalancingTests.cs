using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

public class BalancingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<int, int> _calls = new();

    [Fact]
    public async Task Calls_OverThreeReplicas_GoRound()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var third = await StartAsync();
        using var channel = Connect([first.Port, second.Port, third.Port]);
        await UntilAllAnswerAsync(channel, 3);
        _calls.Clear();
        for (var i = 0; i < 300; i++)
        {
            await CallAsync(channel);
        }

        Assert.Equal([100, 100, 100], _calls.Values);
    }

    [Fact]
    public async Task Calls_WhileAReplicaDiesAndComesBack_AllSucceed()
    {
        await using var first = await StartAsync();
        var second = await StartAsync();
        var port = second.Port;
        using var channel = Connect([first.Port, port]);
        await UntilAllAnswerAsync(channel, 2);

        await second.StopAsync();
        await second.DisposeAsync();
        _calls.Clear();
        for (var i = 0; i < 50; i++)
        {
            await CallAsync(channel);
        }

        Assert.Equal(50, _calls[first.Port]);

        await using var again = await StartAsync(port);
        _calls.Clear();
        await UntilAllAnswerAsync(channel, 2);
    }

    [Fact]
    public async Task Calls_WithAReplicaThatNeverAnswers_GoToTheOthers()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using var server = await StartAsync();
        using var channel = Connect([((System.Net.IPEndPoint)silent.LocalEndpoint).Port, server.Port]);
        for (var i = 0; i < 20; i++)
        {
            await CallAsync(channel).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        Assert.Equal(20, _calls[server.Port]);
    }

    [Fact]
    public async Task Call_OnAReplicaThatHangsInTheMiddle_IsRetriedOnAnother()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var proxy = new FreezingProxy(second.Port);
        using var channel = Connect([first.Port, proxy.Port], keepAlive: TimeSpan.FromSeconds(1), retry: true);
        await UntilAllAnswerAsync(channel, 2);

        proxy.Freeze();
        _calls.Clear();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => CallAsync(channel)))
            .WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(10, _calls[first.Port]);

        proxy.Thaw();
        _calls.Clear();
        await UntilAllAnswerAsync(channel, 2);
    }

    [Fact]
    public async Task Calls_WhereNoReplicaAnswers_AreUnavailableOrWait()
    {
        int port;
        await using (var gone = await StartAsync())
        {
            port = gone.Port;
        }

        using var channel = Connect([port]);
        var exception = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains($"127.0.0.1:{port}", exception.Status.Detail, StringComparison.Ordinal);

        var waiting = CallAsync(channel, waitForReady: true);
        await using var server = await StartAsync(port);
        await waiting.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(1, _calls[port]);
    }

    [Fact]
    public async Task Name_ResolvedByDns_IsCalled()
    {
        await using var server = await StartAsync();
        using var channel = GrpcChannel.ForAddress(
            $"dns:///localhost:{server.Port}",
            new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure, ServiceConfig = RoundRobin() });
        await CallAsync(channel);
        Assert.Equal(1, _calls[server.Port]);
    }

    [Fact]
    public async Task Name_ThatDnsDoesNotKnow_IsUnavailable()
    {
        using var channel = GrpcChannel.ForAddress(
            "dns:///no-such-name.invalid:80", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure });
        var exception = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
    }

    [Fact]
    public void Address_WithoutScheme_NeedsCredentialsAndAResolver()
    {
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress("static:///x"));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress(
            "static:///x", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }));
    }

    private static ServiceConfig RoundRobin() => new() { LoadBalancingConfigs = { new RoundRobinConfig() } };

    private static GrpcChannel Connect(int[] ports, TimeSpan? keepAlive = null, bool retry = false)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ResolverFactory>(new StaticResolverFactory(
            _ => ports.Select(port => new BalancerAddress("127.0.0.1", port))));
        var config = RoundRobin();
        if (retry)
        {
            config.MethodConfigs.Add(new MethodConfig
            {
                Names = { MethodName.Default },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 3,
                    InitialBackoff = TimeSpan.FromMilliseconds(10),
                    MaxBackoff = TimeSpan.FromMilliseconds(100),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            });
        }

        return GrpcChannel.ForAddress("static:///replicas", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            ServiceProvider = services.BuildServiceProvider(),
            ServiceConfig = config,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(200),
            HttpHandler = new SocketsHttpHandler
            {
                KeepAlivePingDelay = keepAlive ?? Timeout.InfiniteTimeSpan,
                KeepAlivePingTimeout = keepAlive ?? TimeSpan.FromSeconds(20),
            },
            DisposeHttpClient = true,
        });
    }

    private async Task<TestServer> StartAsync(int port = 0)
    {
        var handlers = new Handlers();
        var server = await TestServer.StartAsync<FuncService>(
            configure: builder => builder.Services.AddSingleton(handlers), port: port);
        var own = server.Port;
        handlers.Unary = (_, _) =>
        {
            _calls.AddOrUpdate(own, 1, (_, count) => count + 1);
            return Task.FromResult(new SimpleResponse());
        };
        return server;
    }

    private static async Task CallAsync(ChannelBase channel, bool waitForReady = false) =>
        await new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest(),
            new CallOptions(deadline: DateTime.UtcNow + Patience).WithWaitForReady(waitForReady));

    private async Task UntilAllAnswerAsync(ChannelBase channel, int replicas)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (_calls.Count < replicas)
        {
            await CallAsync(channel);
            await Task.Delay(10, timeout.Token);
        }
    }
}
