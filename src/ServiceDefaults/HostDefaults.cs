using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Emotion.ServiceDefaults;

/// <summary>
/// What every service of the system has in common. Addresses need no default of ours: Kestrel listens on loopback unless
/// <c>ASPNETCORE_URLS</c>, <c>HTTP_PORTS</c> or <c>Kestrel:Endpoints</c> say otherwise.
/// </summary>
public static class HostDefaults
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Telemetry, health checks, the clock, and a bounded shutdown: 5 s for calls in flight, or <c>Host:ShutdownTimeout</c>.
    /// </summary>
    public static IHostApplicationBuilder AddServiceDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        builder.Services.Configure<HostOptions>(builder.Configuration.GetSection("Host"));
        builder.AddTelemetry();
        builder.AddHealth();
        return builder;
    }

    /// <summary><c>/health</c> and <c>/alive</c>; the standard gRPC health service too, where <see cref="GrpcDefaults" /> were added.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        if (app.Services.GetService<IConfigureOptions<GrpcServerOptions>>() is not null)
            app.MapGrpcHealthChecksService();
        return app;
    }
}
