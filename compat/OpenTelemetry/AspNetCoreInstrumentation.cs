using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace OpenTelemetry.Trace
{
    /// <summary>Spans of incoming requests.</summary>
    public static class AspNetCoreInstrumentationTracerProviderBuilderExtensions
    {
        /// <inheritdoc cref="AddAspNetCoreInstrumentation(TracerProviderBuilder, Action{AspNetCoreTraceInstrumentationOptions})" />
        public static TracerProviderBuilder AddAspNetCoreInstrumentation(this TracerProviderBuilder builder) =>
            builder.AddAspNetCoreInstrumentation(null);

        /// <summary>One server span per request from the framework's own source, with the HTTP semantic conventions as tags.</summary>
        public static TracerProviderBuilder AddAspNetCoreInstrumentation(
            this TracerProviderBuilder builder, Action<AspNetCoreTraceInstrumentationOptions>? configureAspNetCoreTraceInstrumentationOptions)
        {
            // The framework holds these tags back unless told otherwise; it reads the switch when the web host starts.
            AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
            return builder
                .ConfigureServices(services =>
                {
                    if (configureAspNetCoreTraceInstrumentationOptions is not null)
                        services.Configure(configureAspNetCoreTraceInstrumentationOptions);
                    if (!services.Any(service => service.ImplementationType == typeof(RequestSpans)))
                        services.AddTransient<IStartupFilter, RequestSpans>();
                })
                .AddSource("Microsoft.AspNetCore");
        }
    }
}

namespace OpenTelemetry.Metrics
{
    /// <summary>Metrics of incoming requests.</summary>
    public static class AspNetCoreInstrumentationMeterProviderBuilderExtensions
    {
        /// <summary>The framework's own meters of hosting, routing, errors, rate limits, Kestrel and long connections.</summary>
        public static MeterProviderBuilder AddAspNetCoreInstrumentation(this MeterProviderBuilder builder) =>
            builder.AddMeter(
                "Microsoft.AspNetCore.Hosting",
                "Microsoft.AspNetCore.Routing",
                "Microsoft.AspNetCore.Diagnostics",
                "Microsoft.AspNetCore.RateLimiting",
                "Microsoft.AspNetCore.Server.Kestrel",
                "Microsoft.AspNetCore.Http.Connections");
    }
}
