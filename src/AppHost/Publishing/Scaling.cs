using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Emotion.AppHost.Publishing;

/// <summary>How many pods there are, and how many may go at once.</summary>
internal static class Scaling
{
    private const int CpuPercent = 70;

    /// <summary>Calls that wait, for each pod: a queue that stays is more than the pods can take.</summary>
    private const string PendingMetric = "emotion_serving_pending", PendingTarget = "4";

    /// <summary>Seconds that load must stay low before pods go: they have models in memory that others would have to load again.</summary>
    private const int CalmSeconds = 300;

    public static void Scale(this KubernetesResource resource, PodSize size)
    {
        // A node that is emptied takes one at a time.
        resource.AdditionalResources.Add(new Manifest(
            "policy/v1", "PodDisruptionBudget", $"{resource.Name}-disruption",
            new { maxUnavailable = 1, selector = resource.Selector() }));
        if (size.Replicas is not var (least, most))
            return;

        var deployment = (Deployment)resource.Workload!;
        deployment.Spec.Replicas = null;
        resource.AdditionalResources.Add(new Manifest(
            "autoscaling/v2", "HorizontalPodAutoscaler", $"{resource.Name}-scale",
            new
            {
                scaleTargetRef = new { apiVersion = "apps/v1", kind = "Deployment", name = deployment.Metadata.Name },
                minReplicas = least,
                maxReplicas = most,
                metrics = new object[]
                {
                    new { type = "Resource", resource = new { name = "cpu", target = new { type = "Utilization", averageUtilization = CpuPercent } } },
                    new { type = "Pods", pods = new { metric = new { name = PendingMetric }, target = new { type = "AverageValue", averageValue = PendingTarget } } },
                },
                behavior = new { scaleDown = new { stabilizationWindowSeconds = CalmSeconds } },
            }));
    }

    /// <summary>The pods of the resource.</summary>
    public static object Selector(this KubernetesResource resource) => Traffic.PodsOf(resource.Name);
}
