using Grpc.Core;
using Grpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ServingStatus = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Emotion.Compat.Grpc.Tests;

public class HealthTests
{
    private HealthStatus _model = HealthStatus.Healthy;

    private Task<TestServer> StartAsync() => TestServer.StartAsync(
        null,
        builder =>
        {
            builder.Services
                .AddGrpcHealthChecks(options => options.Services.Map("emotion.audio.v1.AudioClassifier",
                    check => check.Tags.Contains("ready")))
                .AddCheck("process", () => HealthCheckResult.Healthy())
                .AddCheck("model", () => new HealthCheckResult(_model), ["ready"]);
            builder.Services.Configure<HealthCheckPublisherOptions>(options =>
                (options.Delay, options.Period) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        },
        app => app.MapGrpcHealthChecksService());

    [Theory]
    [InlineData(HealthStatus.Healthy, ServingStatus.Serving)]
    [InlineData(HealthStatus.Degraded, ServingStatus.Serving)]
    [InlineData(HealthStatus.Unhealthy, ServingStatus.NotServing)]
    public async Task Check_AsTheHealthChecksSay(HealthStatus model, ServingStatus expected)
    {
        _model = model;
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var client = new global::Grpc.Health.V1.Health.HealthClient(channel);
        Assert.Equal(expected, (await client.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(expected, (await client.CheckAsync(
            new HealthCheckRequest { Service = "emotion.audio.v1.AudioClassifier" })).Status);
    }

    [Fact]
    public async Task Check_OfUnknownService_IsNotFound()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var exception = await Assert.ThrowsAsync<RpcException>(() => new global::Grpc.Health.V1.Health.HealthClient(channel)
            .CheckAsync(new HealthCheckRequest { Service = "nobody" }).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, exception.StatusCode);
    }

    [Fact]
    public async Task Watch_WhileTheHealthChanges_TellsEachChange()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var watch = new global::Grpc.Health.V1.Health.HealthClient(channel).Watch(
            new HealthCheckRequest(), deadline: DateTime.UtcNow.AddSeconds(60));
        foreach (var (model, expected) in new[]
        {
            (HealthStatus.Healthy, ServingStatus.Serving), (HealthStatus.Unhealthy, ServingStatus.NotServing),
            (HealthStatus.Healthy, ServingStatus.Serving),
        })
        {
            _model = model;
            Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal(expected, watch.ResponseStream.Current.Status);
        }
    }

    [Fact]
    public async Task Watch_OfUnknownService_SaysSoAndGoesOn()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var watch = new global::Grpc.Health.V1.Health.HealthClient(channel).Watch(
            new HealthCheckRequest { Service = "nobody" }, deadline: DateTime.UtcNow.AddSeconds(60));
        Assert.True(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(ServingStatus.ServiceUnknown, watch.ResponseStream.Current.Status);
    }
}
