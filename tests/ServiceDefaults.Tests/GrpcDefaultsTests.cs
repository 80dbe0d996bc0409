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

/// <summary>A real service on loopback, served through the defaults, and where replicas are.</summary>
public sealed class GrpcDefaultsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Message_BeyondTheServersLimit_IsRefused()
    {
        await using var service = await StartServiceAsync(("Grpc:Server:MaximumReceiveBytes", "2048"));
        using var channel = GrpcChannel.ForAddress(service.Urls.Single());
        var client = new Oracle.OracleClient(channel);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await client.AskAsync(
            new Question { Ballast = ByteString.CopyFrom(new byte[4096]) }, cancellationToken: Cancelled));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
    }

    [Fact]
    public async Task HealthService_OfAGrpcService_AnswersOverHttp2_BesideHealth()
    {
        await using var service = await StartServiceAsync();
        using var channel = GrpcChannel.ForAddress(service.Urls.Single());
        var health = new Health.HealthClient(channel);

        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await health.CheckAsync(new HealthCheckRequest(), cancellationToken: Cancelled)).Status);
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{service.Urls.Single()}/health", Cancelled)).StatusCode);
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

    private static async Task<WebApplication> StartServiceAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddServiceDefaults();
        builder.AddGrpcServiceDefaults();
        builder.Services.Configure<HealthCheckPublisherOptions>(options => options.Delay = TimeSpan.Zero);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGrpcService<OracleService>();
        await app.StartAsync(Cancelled);
        return app;
    }

    private sealed class OracleService : Oracle.OracleBase
    {
        public override Task<Answer> Ask(Question request, ServerCallContext context) => Task.FromResult(new Answer());
    }
}
