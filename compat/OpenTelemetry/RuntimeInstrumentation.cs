namespace OpenTelemetry.Metrics;

/// <summary>Metrics of the runtime.</summary>
public static class MeterProviderBuilderExtensions
{
    /// <summary>The runtime's own meter: collections, heap, threads, lock contention, exceptions, processor time.</summary>
    public static MeterProviderBuilder AddRuntimeInstrumentation(this MeterProviderBuilder builder) =>
        builder.AddMeter("System.Runtime");
}
