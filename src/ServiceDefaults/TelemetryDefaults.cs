using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Emotion.ServiceDefaults;

internal static class TelemetryDefaults
{
    /// <summary>Activity sources and meters are called <c>Emotion.&lt;Project&gt;</c>, so nobody has to register one.</summary>
    private const string OurSources = "Emotion.*";

    /// <summary>The gateway asks every replica every other second what it has loaded.</summary>
    private const string StatusPath = "/emotion.common.v1.ModelStatus";

    private const string HealthCategory = "Microsoft.Extensions.Diagnostics.HealthChecks";

    /// <summary>OpenTelemetry's own are for milliseconds; ours, and the framework's, are seconds.</summary>
    private static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private static readonly string[] TalkativeCategories = ["Microsoft.AspNetCore", "System.Net.Http.HttpClient"];

    /// <summary>
    /// Traces, metrics and logs; sent by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, and metrics scraped where there is a port for it. Spans exist without it too, because
    /// answers carry their trace id.
    /// </summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.QuietFrameworkLogs();
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var options = builder.Configuration.GetSection(TelemetryOptions.SectionName).Get<TelemetryOptions>() ?? new TelemetryOptions();
        Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName))
            .WithTracing(tracing => tracing
                .SetSampler(new PollsLeftOut(new ParentBasedSampler(new AlwaysOnSampler())))
                .AddSource(OurSources, GrpcCallNames.Source) // Those of calls lie above those of the HTTP requests that carry them.
                .AddProcessor(new GrpcCallNames())
                .AddProcessor(new ShareOfTraces(options.TraceShare))
                .AddAspNetCoreInstrumentation(options => options.Filter = IsNoProbe)
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddMeter(OurSources)
                .AddView(instrument => instrument is Histogram<double> { Unit: "s" } ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds } : null)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());

        if (options.PrometheusPort > 0)
        {
            telemetry.WithMetrics(metrics => metrics.AddPrometheusHttpListener(
                scrape => (scrape.Host, scrape.Port) = (options.PrometheusHost, options.PrometheusPort)));
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }

    /// <summary>What the framework says of each request is in the traces; its warnings stay. Configuration has the last word.</summary>
    private static void QuietFrameworkLogs(this IHostApplicationBuilder builder)
    {
        foreach (var category in TalkativeCategories)
        {
            if (builder.Configuration[$"Logging:LogLevel:{category}"] is null)
                builder.Logging.AddFilter(category, LogLevel.Warning);
        }

        // It calls every probe of a service that still loads its model a failure; state and reason are in the answer of /health.
        if (builder.Configuration[$"Logging:LogLevel:{HealthCategory}"] is null)
            builder.Logging.AddFilter(HealthCategory, LogLevel.None);
    }

    /// <summary>A probe every second would bury the traces that somebody looks for.</summary>
    private static bool IsNoProbe(HttpContext context) =>
        !context.Request.Path.StartsWithSegments(HealthDefaults.ReadinessPath) &&
        !context.Request.Path.StartsWithSegments(HealthDefaults.LivenessPath) &&
        !context.Request.Path.StartsWithSegments(StatusPath);
}
