using System.ComponentModel.DataAnnotations;

namespace Emotion.ServiceDefaults;

/// <summary>Section <c>Telemetry</c>: what is told, beside what OpenTelemetry's own variables (<c>OTEL_*</c>) say.</summary>
internal sealed class TelemetryOptions
{
    public const string SectionName = "Telemetry";

    /// <summary>Of the traces, the same ones in every process; spans that failed are sent in any case.</summary>
    [Range(0.0, 1.0)]
    public double TraceShare { get; set; } = 1;

    /// <summary>Where Prometheus finds <c>/metrics</c>, apart from what callers reach; 0: nowhere.</summary>
    [Range(0, 65535)]
    public int PrometheusPort { get; set; }

    /// <summary>The address that it listens on; <c>*</c>: any.</summary>
    [Required]
    public string PrometheusHost { get; set; } = "localhost";
}
