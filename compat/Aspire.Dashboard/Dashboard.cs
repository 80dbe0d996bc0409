using System.Net;
using System.Text.Json.Serialization;
using Aspire.Dashboard.Login;
using Aspire.Dashboard.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Aspire.Dashboard;

/// <summary>A page over what runs: states, console output, log records, traces and metrics, and buttons. On loopback only.</summary>
public sealed class Dashboard : IAsyncDisposable
{
    private readonly DashboardLogin _login = new();
    private readonly WebApplication _app;

    private Dashboard(IDashboardResources resources, ConsoleLines lines, DashboardOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], EnvironmentName = "Production", ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear(); // Addresses in the environment are for the resources.
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MessageBytes;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(resources);
        builder.Services.AddSingleton(lines);
        builder.Services.AddSingleton(_login);
        builder.Services.AddSingleton<TraceStore>();
        builder.Services.AddSingleton<LogStore>();
        builder.Services.AddSingleton<MetricStore>();
        _app = builder.Build();
        _app.Use(GuardAsync);
        _app.MapTelemetry();
        _app.MapPage();
        _app.MapResources();
        _app.MapStores();
    }

    /// <summary>Where it listens, without the token.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>What programs say to be let in: <c>Authorization: Bearer TOKEN</c>.</summary>
    public string Token => _login.Token;

    /// <summary>What a person opens: logs the browser in.</summary>
    public Uri LoginAddress => new(Address, $"login?t={_login.Token}");

    /// <summary>What a process must have in its environment to send its telemetry here, soon.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Address.GetLeftPart(UriPartial.Authority),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_EXPORTER_OTLP_HEADERS"] = $"{DashboardLogin.TelemetryHeader}={_login.TelemetryKey}",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "1000",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "5000",
    };

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<Dashboard> StartAsync(IDashboardResources resources, ConsoleLines lines, DashboardOptions options, CancellationToken cancellationToken)
    {
        var dashboard = new Dashboard(resources, lines, options);
        try
        {
            await dashboard._app.StartAsync(cancellationToken);
            return dashboard;
        }
        catch
        {
            await dashboard.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    /// <summary>Nobody in without the token; no page of another site may speak for whoever is in, or name this address by a host of its own.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer"; // The address of the login has the token in it.
        response.Headers.CacheControl = "no-store";
        var isTelemetry = request.Path.StartsWithSegments("/v1");
        var allowed = request.Host.Host is "127.0.0.1" or "localhost"
            && (isTelemetry ? _login.MaySendTelemetry(request)
                : request.Path == "/login" || (HttpMethods.IsGet(request.Method) ? _login.IsIn(request) : _login.MayChange(request)));
        if (allowed)
        {
            await next(context);
            return;
        }

        response.StatusCode = StatusCodes.Status401Unauthorized;
        response.ContentType = "text/plain; charset=utf-8";
        await response.WriteAsync("Open the address that AppHost printed when it started; it has a token in it.\n");
    }
}
