using System.Diagnostics;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Grpc.Net.ClientFactory;
using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Compat.Grpc.Tests;

/// <summary>Clients from dependency injection, and what goes through a chain of services.</summary>
public class FactoryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Handlers _front = new();
    private readonly Handlers _back = new();

    private Task<TestServer> StartBackAsync() =>
        TestServer.StartAsync<FuncService>(configure: builder => builder.Services.AddSingleton(_back));

    private Task<TestServer> StartFrontAsync(TestServer back)
    {
        _front.Unary = async (request, context) => await context.GetHttpContext().RequestServices
            .GetRequiredService<TestService.TestServiceClient>().UnaryCallAsync(request);
        return TestServer.StartAsync<FuncService>(configure: builder =>
        {
            builder.Services.AddSingleton(_front);
            builder.Services
                .AddGrpcClient<TestService.TestServiceClient>(options => options.Address = new Uri(back.Address))
                .EnableCallContextPropagation();
        });
    }

    [Fact]
    public async Task Deadline_OfTheServedCall_HoldsForTheCallsMadeForIt()
    {
        var seen = DateTime.MaxValue;
        _back.Unary = (_, context) =>
        {
            seen = context.Deadline;
            return Task.FromResult(new SimpleResponse());
        };
        await using var back = await StartBackAsync();
        await using var front = await StartFrontAsync(back);
        using var channel = front.Connect();
        var deadline = DateTime.UtcNow.AddSeconds(25);
        await new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest(), deadline: deadline);
        Assert.InRange((seen - deadline).TotalSeconds, -1, 10);
    }

    [Fact]
    public async Task Cancellation_OfTheServedCall_ReachesTheCallsMadeForIt()
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _back.Unary = async (_, context) =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.TrySetResult();
            return new SimpleResponse();
        };
        await using var back = await StartBackAsync();
        await using var front = await StartFrontAsync(back);
        using var channel = front.Connect();
        using var cancel = new CancellationTokenSource();
        using var call = new TestService.TestServiceClient(channel)
            .UnaryCallAsync(new SimpleRequest(), cancellationToken: cancel.Token);
        await entered.Task;
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        await cancelled.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Propagation_WithoutServedCall_ThrowsUnlessAllowed()
    {
        await using var back = await StartBackAsync();
        var services = new ServiceCollection();
        services.AddGrpcClient<TestService.TestServiceClient>("strict", options => options.Address = new Uri(back.Address))
            .EnableCallContextPropagation();
        services.AddGrpcClient<TestService.TestServiceClient>("lax", options => options.Address = new Uri(back.Address))
            .EnableCallContextPropagation(options => options.SuppressContextNotFoundErrors = true);
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<GrpcClientFactory>();
        await factory.CreateClient<TestService.TestServiceClient>("lax").UnaryCallAsync(new SimpleRequest());
        Assert.Throws<InvalidOperationException>(() =>
        {
            factory.CreateClient<TestService.TestServiceClient>("strict").UnaryCallAsync(new SimpleRequest());
        });
    }

    [Fact]
    public async Task Client_WithConfiguredChannel_BalancesWithResolversOfTheContainer()
    {
        await using var back = await StartBackAsync();
        var services = new ServiceCollection();
        services.AddSingleton<ResolverFactory>(new StaticResolverFactory(_ => [new BalancerAddress("127.0.0.1", back.Port)]));
        services.AddGrpcClient<TestService.TestServiceClient>(options => options.Address = new Uri("static:///back"))
            .ConfigureChannel(options =>
            {
                options.Credentials = ChannelCredentials.Insecure;
                options.ServiceConfig = new ServiceConfig { LoadBalancingConfigs = { new RoundRobinConfig() } };
            });
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<TestService.TestServiceClient>();
        await client.UnaryCallAsync(new SimpleRequest());
        Assert.NotSame(client, provider.GetRequiredService<TestService.TestServiceClient>());
    }

    [Fact]
    public async Task Interceptors_OnBothSides_StandAroundTheCallInOrder()
    {
        var log = new List<string>();
        _back.Unary = (_, context) =>
        {
            // Values of one key may be joined on the way.
            log.Add("method " + string.Join(", ", context.RequestHeaders.GetAll("trace").Select(entry => entry.Value)));
            return Task.FromResult(new SimpleResponse());
        };
        await using var server = await TestServer.StartAsync<FuncService>(
            options =>
            {
                options.Interceptors.Add<LoggingInterceptor>(log, "outer");
                options.Interceptors.Add<LoggingInterceptor>(log, "inner");
            },
            builder => builder.Services.AddSingleton(_back));
        using var channel = server.Connect();
        var invoker = channel.Intercept(new LoggingInterceptor(log, "first"), new LoggingInterceptor(log, "second"));
        await new TestService.TestServiceClient(invoker).UnaryCallAsync(new SimpleRequest());
        Assert.Equal(["first", "second", "outer", "inner", "method first, second"], log);
    }

    private sealed class LoggingInterceptor(List<string> log, string name) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            var headers = new Metadata();
            foreach (var entry in context.Options.Headers ?? [])
            {
                headers.Add(entry);
            }

            headers.Add("trace", name);
            return continuation(request, new ClientInterceptorContext<TRequest, TResponse>(
                context.Method, context.Host, context.Options.WithHeaders(headers)));
        }

        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return continuation(request, context);
        }
    }

    [Fact]
    public async Task Trace_ThroughTwoServices_IsOneAndUnbroken()
    {
        var stopped = new System.Collections.Concurrent.ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Grpc.Net.Client" or "Microsoft.AspNetCore" or "Test.Trace",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = stopped.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var back = await StartBackAsync();
        await using var front = await StartFrontAsync(back);
        using var channel = front.Connect();
        using var source = new ActivitySource("Test.Trace");
        ActivityTraceId trace;
        using (var root = source.StartActivity("root")!)
        {
            trace = root.TraceId;
            await new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest());
        }

        List<Activity> spans;
        var clock = Stopwatch.StartNew();
        while ((spans = [.. stopped.Where(span => span.TraceId == trace)]).Count < 5 && clock.Elapsed < Patience)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal(5, spans.Count);
        Assert.Equal(2, spans.Count(span => span is { Source.Name: "Grpc.Net.Client", Kind: ActivityKind.Client }));
        Assert.Equal(2, spans.Count(span => span is { Source.Name: "Microsoft.AspNetCore", Kind: ActivityKind.Server }));
        Assert.All(
            spans.Where(span => span.Source.Name == "Grpc.Net.Client"),
            span => Assert.Equal("grpc.testing.TestService/UnaryCall", span.DisplayName));
        Assert.Single(spans, span => span.ParentSpanId == default);
        var servers = spans.Where(span => span.Kind == ActivityKind.Server).ToList();
        Assert.All(servers, span => Assert.Equal("/grpc.testing.TestService/UnaryCall", span.GetTagItem("grpc.method")));
    }
}
