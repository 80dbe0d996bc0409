using Aspire.Hosting.Kubernetes;

namespace Emotion.AppHost.Publishing;

/// <summary>
/// Who may speak to whom. Whatever is not here is refused. The way to the blob store is added by the overlays, since only they know where it is.
/// </summary>
internal static class Traffic
{
    private const string Component = "app.kubernetes.io/component";

    private static readonly object ToNames = new
    {
        to = new[] { new { namespaceSelector = new { }, podSelector = new { matchLabels = new Dictionary<string, string> { ["k8s-app"] = "kube-dns" } } } },
        ports = new[] { new { protocol = "UDP", port = 53 }, new { protocol = "TCP", port = 53 } },
    };

    /// <summary>The outside comes in by the gateway, which speaks to the services alone; Prometheus to where the metrics are.</summary>
    public static void OpenToTheOutside(this KubernetesResource gateway, int port, int metrics, IEnumerable<string> services) =>
        gateway.Allow(
            [new { ports = new[] { Tcp(port) } }, FromPrometheus(metrics)],
            new { to = services.Select(service => new { podSelector = PodsOf(service) }).ToArray(), ports = new[] { Tcp(port) } });

    /// <summary>The gateway and Prometheus come in, nothing else; out goes what asks for names.</summary>
    public static void OpenToTheGateway(this KubernetesResource service, int port, int metrics) =>
        service.Allow([new { from = new[] { new { podSelector = PodsOf("gateway") } }, ports = new[] { Tcp(port) } }, FromPrometheus(metrics)]);

    /// <summary>Nobody comes in.</summary>
    public static void Close(this KubernetesResource job) => job.Allow([]);

    public static object PodsOf(string resource) => new { matchLabels = new Dictionary<string, string> { [Component] = resource } };

    private static void Allow(this KubernetesResource resource, object[] ingress, params object[] egress) =>
        resource.AdditionalResources.Add(new Manifest(
            "networking.k8s.io/v1", "NetworkPolicy", $"{resource.Name}-traffic",
            new
            {
                podSelector = PodsOf(resource.Name),
                policyTypes = new[] { "Ingress", "Egress" },
                ingress,
                egress = egress.Prepend(ToNames).ToArray(),
            }));

    /// <summary>Wherever in the cluster it runs, by the label that its charts give it.</summary>
    private static object FromPrometheus(int port) => new
    {
        from = new[] { new { namespaceSelector = new { }, podSelector = new { matchLabels = new Dictionary<string, string> { ["app.kubernetes.io/name"] = "prometheus" } } } },
        ports = new[] { Tcp(port) },
    };

    private static object Tcp(int port) => new { protocol = "TCP", port };
}
