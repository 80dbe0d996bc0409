using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;

namespace Emotion.AppHost.Publishing;

/// <summary>What every pod has in common: no root, a tree that is read-only, bounded folders of its own, limits.</summary>
internal static class Pods
{
    /// <summary>The user of .NET's images.</summary>
    public const int User = 1654;

    /// <summary>Fetched models; a folder of the pod's own, so that a new pod fetches and checks them again.</summary>
    public const string Cache = "/var/cache/emotion";

    /// <summary>What must outlive a pod: the gateway's analyses and their clips.</summary>
    public const string Data = "/var/lib/emotion";

    private const string CacheSize = "1Gi";

    public static void Harden(this KubernetesResource resource, PodSize size)
    {
        var pod = resource.Workload!.PodTemplate.Spec;
        pod.AutomountServiceAccountToken = false;
        pod.EnableServiceLinks = false;
        pod.SecurityContext = new PodSecurityContextV1
        {
            RunAsNonRoot = true, RunAsUser = User, RunAsGroup = User, FsGroup = User, SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
        var container = pod.Containers[0];
        container.SecurityContext = new SecurityContextV1
        {
            AllowPrivilegeEscalation = false, ReadOnlyRootFilesystem = true, Capabilities = new CapabilitiesV1 { Drop = { "ALL" } },
        };
        container.Resources = new ResourceRequirementsV1
        {
            Requests = { ["cpu"] = size.Cpu.Request, ["memory"] = size.Memory.Request },
            Limits = { ["cpu"] = size.Cpu.Limit, ["memory"] = size.Memory.Limit },
        };
        pod.AddFolder(container, "tmp", "/tmp", size.Tmp);
        pod.AddFolder(container, "cache", Cache, CacheSize);
    }

    /// <summary>Alive while it answers, ready once it can serve. Hosts that the gateway does not know are refused, so the probe names one.</summary>
    public static void AddProbes(this KubernetesResource resource, string port)
    {
        var container = resource.Workload!.PodTemplate.Spec.Containers[0];
        container.StartupProbe = Probe("/alive", port, periodSeconds: 2, failures: 60);
        container.LivenessProbe = Probe("/alive", port, periodSeconds: 10, failures: 3);
        container.ReadinessProbe = Probe("/health", port, periodSeconds: 2, failures: 2);
    }

    /// <summary>Runs to its end instead of for ever.</summary>
    public static void BecomeJob(this KubernetesResource resource, bool suspended)
    {
        var template = resource.Workload!.PodTemplate;
        template.Spec.RestartPolicy = "Never";
        resource.AdditionalResources.Add(new Manifest(
            "batch/v1", "Job", $"{resource.Name}-job", new { suspend = suspended, backoffLimit = 3, ttlSecondsAfterFinished = 3600, template }));
        resource.Workload = null;
    }

    /// <summary>A folder that a claim keeps.</summary>
    public static void Mount(this PodSpecV1 pod, string name, string claim, string path, bool readOnly)
    {
        pod.Volumes.Add(new VolumeV1
        {
            Name = name, PersistentVolumeClaim = new PersistentVolumeClaimVolumeSourceV1 { ClaimName = claim, ReadOnly = readOnly },
        });
        pod.Containers[0].VolumeMounts.Add(new VolumeMountV1 { Name = name, MountPath = path, ReadOnly = readOnly });
    }

    public static Manifest Claim(string name, string size) => new(
        "v1", "PersistentVolumeClaim", name,
        new { accessModes = new[] { "ReadWriteOnce" }, resources = new { requests = new { storage = size } } });

    private static void AddFolder(this PodSpecV1 pod, ContainerV1 container, string name, string path, string size)
    {
        pod.Volumes.Add(new VolumeV1 { Name = name, EmptyDir = new EmptyDirVolumeSourceV1 { SizeLimit = size } });
        container.VolumeMounts.Add(new VolumeMountV1 { Name = name, MountPath = path });
    }

    private static ProbeV1 Probe(string path, string port, int periodSeconds, int failures) => new()
    {
        HttpGet = new HttpGetActionV1 { Path = path, Port = port, HttpHeaders = { new HttpHeaderV1 { Name = "Host", Value = "localhost" } } },
        PeriodSeconds = periodSeconds,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };
}
