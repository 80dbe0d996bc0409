using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace OpenTelemetry.Trace
{
    /// <summary>Spans of outgoing requests.</summary>
    public static class HttpClientInstrumentationTracerProviderBuilderExtensions
    {
        /// <summary>One client span per HttpClient request from the framework's own source.</summary>
        public static TracerProviderBuilder AddHttpClientInstrumentation(this TracerProviderBuilder builder) =>
            builder.AddSource("System.Net.Http");
    }
}

namespace OpenTelemetry.Metrics
{
    /// <summary>Metrics of outgoing requests.</summary>
    public static class HttpClientInstrumentationMeterProviderBuilderExtensions
    {
        /// <summary>The framework's own meters of HttpClient and name resolution.</summary>
        public static MeterProviderBuilder AddHttpClientInstrumentation(this MeterProviderBuilder builder) =>
            builder.AddMeter("System.Net.Http", "System.Net.NameResolution");
    }
}
