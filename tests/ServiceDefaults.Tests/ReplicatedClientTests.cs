using System.Net;
using Emotion.ServiceDefaults.Tests.Wire;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Emotion.ServiceDefaults.Tests;

/// <summary>Real replicas on loopback, called through the defaults.</summary>
public sealed class ReplicatedClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_OverTwoReplicas_GoToEachInTurn()
    {
        await using var first = await StartReplicaAsync("first");
        await using var second = await StartReplicaAsync("second");
        using var caller = Caller(first, second);
        var client = caller.Services.GetRequiredService<Oracle.OracleClient>();
        await SeenAsync(client, "first", "second");

        var answers = new List<string>();
        for (var i = 0; i < 20; i++)
            answers.Add((await client.AskAsync(new Question(), cancellationToken: Cancelled)).Replica);

        Assert.Equal(10, answers.Count(answer => answer == "first"));
        Assert.Equal(10, answers.Count(answer => answer == "second"));
    }

    [Fact]
    public async Task RepeatableCalls_WhileAReplicaDies_AllSucceed()
    {
        await using var first = await StartReplicaAsync("first");
        await using var second = await StartReplicaAsync("second");
        using var caller = Caller(first, second);
        var client = caller.Services.GetRequiredService<Oracle.OracleClient>();
        await SeenAsync(client, "first", "second");

        await first.StopAsync(Cancelled);

        for (var i = 0; i < 20; i++)
            Assert.Equal("second", (await client.AskAsync(new Question(), cancellationToken: Cancelled)).Replica);
    }

    [Fact]
    public async Task RepeatableCall_WhenUnavailable_IsTriedAgain_AndAnotherIsNot()
    {
        await using var replica = await StartReplicaAsync("only", failuresBeforeAnswer: 1);
        using var caller = Caller(replica);
        var client = caller.Services.GetRequiredService<Oracle.OracleClient>();

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await client.OrderAsync(new Question(), cancellationToken: Cancelled));
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        replica.Services.GetRequiredService<Failures>().Left = 1;
        Assert.Equal("only", (await client.AskAsync(new Question(), cancellationToken: Cancelled)).Replica);
    }

    [Fact]
    public async Task Call_WithoutADeadline_GetsTheDefault()
    {
        await using var replica = await StartReplicaAsync("only");
        using var caller = Caller([replica], ("Grpc:Client:DefaultDeadline", "00:00:00.300"));
        var client = caller.Services.GetRequiredService<Oracle.OracleClient>();

        var late = await Assert.ThrowsAsync<RpcException>(
            async () => await client.AskAsync(new Question { NeverAnswer = true }, cancellationToken: Cancelled));
        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
    }

    [Fact]
    public async Task Message_BeyondTheServersLimit_IsRefused()
    {
        await using var replica = await StartReplicaAsync("only", ("Grpc:Server:MaximumReceiveBytes", "2048"));
        using var caller = Caller(replica);
        var client = caller.Services.GetRequiredService<Oracle.OracleClient>();

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await client.AskAsync(
            new Question { Ballast = ByteString.CopyFrom(new byte[4096]) }, cancellationToken: Cancelled));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
    }

    [Fact]
    public async Task HealthService_OfAGrpcService_AnswersOverHttp2_BesideHealth()
    {
        await using var replica = await StartReplicaAsync("only");
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var health = new Health.HealthClient(channel);

        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancelled)).Status);
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{replica.Urls.Single()}/health", Cancelled)).StatusCode);
    }

    [Fact]
    public void Addresses_AreCollectedInTheOrderOfTheReplicas()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["services:video-10:http:0"] = "http://127.0.0.1:10",
            ["services:video-2:http:0"] = "http://127.0.0.1:2",
            ["services:video-1:http:0"] = "http://127.0.0.1:1",
            ["services:video-1:other:0"] = "http://127.0.0.1:99",
            ["services:videos:http:0"] = "http://127.0.0.1:98",
            ["services:video-x:http:0"] = "http://127.0.0.1:97",
        }).Build();

        Assert.Equal([1, 2, 10], ReplicaAddresses.Of(configuration, "video").Select(address => address.Port));
    }

    [Theory]
    [InlineData("audio", "http://127.0.0.1:1", "No replica of 'video'")]
    [InlineData("video", "nowhere", "services:video:http:0 is 'nowhere'")]
    public void Addresses_ThatAreMissingOrWrong_AreRefusedByName(string service, string address, string message)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { [$"services:{service}:http:0"] = address }).Build();

        Assert.Contains(message, Assert.Throws<InvalidOperationException>(() => ReplicaAddresses.Of(configuration, "video")).Message);
    }

    /// <summary>Connections are made while calls go on; the test begins when each replica has been heard.</summary>
    private static async Task SeenAsync(Oracle.OracleClient client, params string[] replicas)
    {
        var missing = replicas.ToHashSet();
        while (missing.Count > 0)
            missing.Remove((await client.AskAsync(new Question(), cancellationToken: Cancelled)).Replica);
    }

    private static IHost Caller(params WebApplication[] replicas) => Caller(replicas, []);

    private static IHost Caller(WebApplication[] replicas, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder();
        for (var i = 0; i < replicas.Length; i++)
            builder.Configuration[$"services:oracle-{i + 1}:http:0"] = replicas[i].Urls.Single();
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddReplicatedGrpcClient<Oracle.OracleClient>("oracle");
        return builder.Build();
    }

    private static Task<WebApplication> StartReplicaAsync(string name, params (string Key, string Value)[] settings) =>
        StartReplicaAsync(name, failuresBeforeAnswer: 0, settings);

    private static async Task<WebApplication> StartReplicaAsync(
        string name, int failuresBeforeAnswer, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddServiceDefaults();
        builder.AddGrpcServiceDefaults();
        builder.Services.Configure<HealthCheckPublisherOptions>(options => options.Delay = TimeSpan.Zero);
        builder.Services.AddSingleton(new OracleService(name, new Failures { Left = failuresBeforeAnswer }));
        builder.Services.AddSingleton(services => services.GetRequiredService<OracleService>().Failures);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<OracleService>();
        await app.StartAsync(Cancelled);
        return app;
    }

    /// <summary>How many calls are still to be refused.</summary>
    private sealed class Failures
    {
        public int Left;
    }

    private sealed class OracleService(string replica, Failures failures) : Oracle.OracleBase
    {
        public Failures Failures => failures;

        public override async Task<Answer> Ask(Question request, ServerCallContext context)
        {
            if (Interlocked.Decrement(ref failures.Left) >= 0)
                throw new RpcException(new Status(StatusCode.Unavailable, "not now"));
            if (request.NeverAnswer)
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new Answer { Replica = replica };
        }

        public override Task<Answer> Order(Question request, ServerCallContext context) => Ask(request, context);
    }
}
