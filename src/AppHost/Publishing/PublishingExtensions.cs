using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Emotion.AppHost.Publishing;

/// <summary>How the resources of Program.cs are published; nothing of this counts when they run here.</summary>
internal static class PublishingExtensions
{
    private const int Port = 8080, ProbePort = 8081, MetricsPort = 9464;

    /// <summary>18 clips under way, 20 that failed and 8 that come in pieces, of 200 MB, two batches of 1 GB, the database and answers that were drawn. Below the least that is to be free nothing is taken in.</summary>
    private const string DataClaim = Compose.GatewayData, DataSize = "16Gi";

    /// <summary>What a claim and a private folder of these sizes bear; a machine of one's own may bear the defaults.</summary>
    private const int Batches = 2, BatchBytes = 1_000_000_000, OpenUploads = 8;

    /// <summary>Time to finish what runs, and a little more before the process is killed.</summary>
    private const int GatewayGraceSeconds = 120, ServiceGraceSeconds = 30, MarginSeconds = 10;

    /// <summary>
    /// Speaks HTTP/2 without TLS to the gateway, and HTTP/1.1 to probes on a port of its own: those of Kubernetes speak nothing else.
    /// </summary>
    public static IResourceBuilder<ProjectResource> DeployAsModelService(this IResourceBuilder<ProjectResource> service, PodSize size)
    {
        if (!service.ApplicationBuilder.ExecutionContext.IsPublishMode)
            return service;
        return service
            .WithHttpEndpoint(name: "probe", targetPort: ProbePort)
            .WithEnvironment("Kestrel__Endpoints__Grpc__Url", $"http://*:{Port.ToString(CultureInfo.InvariantCulture)}")
            .WithEnvironment("Kestrel__Endpoints__Probe__Url", $"http://*:{ProbePort.ToString(CultureInfo.InvariantCulture)}")
            .WithEnvironment("Kestrel__Endpoints__Probe__Protocols", "Http1")
            .WithGrace(ServiceGraceSeconds)
            .WithMetrics()
            .PublishAsKubernetesService(resource =>
            {
                resource.Workload!.PodTemplate.Spec.TerminationGracePeriodSeconds = ServiceGraceSeconds + MarginSeconds;
                resource.Service!.Spec.ClusterIp = "None"; // Its name has every pod's address: the gateway balances over them itself.
                resource.Harden(size);
                resource.AddProbes("probe");
                resource.Scale(size);
                resource.OpenToTheGateway(Port, MetricsPort);
            })
            .PublishAsDockerComposeService((_, compose) => compose.Harden(size));
    }

    /// <summary>
    /// One, whose database and clips are on a claim of its own; before a new pod has it, the old one has gone. Several want a PostgreSQL:
    /// docs/operations.md.
    /// </summary>
    public static IResourceBuilder<ProjectResource> DeployAsGateway(
        this IResourceBuilder<ProjectResource> gateway, PodSize size, IEnumerable<string> services)
    {
        if (!gateway.ApplicationBuilder.ExecutionContext.IsPublishMode)
            return gateway;
        return gateway
            .WithEnvironment("AllowedHosts", "localhost;127.0.0.1;gateway-service")
            .WithEnvironment("Gateway__ShutdownGrace", Seconds(GatewayGraceSeconds))
            .WithEnvironment("Gateway__Batches__Concurrent", Whole(Batches))
            .WithEnvironment("Gateway__Batches__MaximumBytes", Whole(BatchBytes))
            .WithEnvironment("Gateway__Uploads__MaximumOpen", Whole(OpenUploads))
            .WithGrace(GatewayGraceSeconds + (MarginSeconds / 2))
            .WithMetrics()
            .PublishAsKubernetesService(resource =>
            {
                resource.Workload!.PodTemplate.Spec.TerminationGracePeriodSeconds = GatewayGraceSeconds + MarginSeconds;
                resource.Harden(size);
                resource.AddProbes("http");
                resource.Scale(size);
                resource.OpenToTheOutside(Port, MetricsPort, services);
                resource.Workload.PodTemplate.Spec.Mount("data", DataClaim, Pods.Data, readOnly: false);
                resource.AdditionalResources.Add(Pods.Claim(DataClaim, DataSize));
                ((Deployment)resource.Workload).Spec.Strategy = new DeploymentStrategyV1 { Type = "Recreate" };
            })
            .PublishAsDockerComposeService((_, compose) =>
            {
                compose.Harden(size);
                compose.Volumes.Add(new Volume { Name = DataClaim, Type = "volume", Source = DataClaim, Target = Pods.Data });
            });
    }

    /// <summary>Runs once.</summary>
    public static IResourceBuilder<T> DeployAsJob<T>(this IResourceBuilder<T> job, PodSize size)
        where T : IComputeResource => job
            .PublishAsKubernetesService(resource =>
            {
                resource.Harden(size);
                resource.BecomeJob(suspended: false);
                resource.Close();
            })
            .PublishAsDockerComposeService((_, compose) =>
            {
                compose.Harden(size);
                compose.Restart = "no";
            });

    private static IResourceBuilder<ProjectResource> WithGrace(this IResourceBuilder<ProjectResource> project, int seconds) =>
        project.WithEnvironment("Host__ShutdownTimeout", Seconds(seconds));

    /// <summary>For Prometheus, on a port that no service of the cluster has: a pod is asked by its own address.</summary>
    private static IResourceBuilder<ProjectResource> WithMetrics(this IResourceBuilder<ProjectResource> project) => project
        .WithEnvironment("Telemetry__PrometheusHost", "*")
        .WithEnvironment("Telemetry__PrometheusPort", MetricsPort.ToString(CultureInfo.InvariantCulture));

    private static string Whole(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(int seconds) => TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture);
}
