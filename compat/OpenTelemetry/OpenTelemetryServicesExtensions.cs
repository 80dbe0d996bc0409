using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Ties the OpenTelemetry SDK to the life of a host.</summary>
public static class OpenTelemetryServicesExtensions
{
    /// <summary>
    /// Starts the providers that the returned builder configures when the host starts. They are flushed and shut down when the
    /// host is disposed, after every other hosted service has stopped, so that the last spans go out too. May be called again.
    /// </summary>
    public static OpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);

        // First in the list, so that spans of other hosted services' start-up are heard.
        if (!services.Any(service => service.ImplementationType == typeof(TelemetryHostedService)))
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService, TelemetryHostedService>());

        return new OpenTelemetryBuilder(services);
    }
}
