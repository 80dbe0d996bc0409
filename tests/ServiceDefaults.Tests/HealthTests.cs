using System.Net;
using System.Text.Json;
using Emotion.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults.Tests;

public sealed class HealthTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Readiness_WhileACheckFails_Is503WithTheReason()
    {
        await using var app = await StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("models", () => HealthCheckResult.Unhealthy("loading audio")));

        using var response = await Client.GetAsync($"{app.Urls.Single()}/health", Cancelled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal("Unhealthy", answer.RootElement.GetProperty("status").GetString());
        Assert.Equal("loading audio", answer.RootElement.GetProperty("checks").GetProperty("models").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Readiness_WhenACheckRecovers_Is200()
    {
        var ready = false;
        await using var app = await StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("models", () => ready ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("loading")));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Client.GetAsync($"{app.Urls.Single()}/health", Cancelled)).StatusCode);
        ready = true;
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"{app.Urls.Single()}/health", Cancelled)).StatusCode);
    }

    [Fact]
    public async Task Liveness_WhileNotReady_Is200()
    {
        await using var app = await StartAsync(builder => builder.Services.AddHealthChecks()
            .AddCheck("models", () => HealthCheckResult.Unhealthy("loading audio")));

        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"{app.Urls.Single()}/alive", Cancelled)).StatusCode);
    }

    [Fact]
    public void Shutdown_UnlessConfigured_IsBoundedByFiveSeconds()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), ShutdownTimeout([]));
        Assert.Equal(TimeSpan.FromSeconds(2), ShutdownTimeout(new() { ["Host:ShutdownTimeout"] = "00:00:02" }));
    }

    private static readonly HttpClient Client = new();

    private static TimeSpan ShutdownTimeout(Dictionary<string, string?> configuration)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddServiceDefaults();
        using var services = builder.Services.BuildServiceProvider();
        return services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplicationBuilder> configure)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults();
        configure(builder);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync(Cancelled);
        return app;
    }
}
