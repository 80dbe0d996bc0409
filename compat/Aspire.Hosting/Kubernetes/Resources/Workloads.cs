using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>What runs pods.</summary>
public abstract class Workload(string apiVersion, string kind) : BaseKubernetesResource(apiVersion, kind)
{
    /// <summary>What each pod is made of.</summary>
    [YamlIgnore]
    public abstract PodTemplateSpecV1 PodTemplate { get; }
}

public sealed class Deployment() : Workload("apps/v1", "Deployment")
{
    [YamlMember(Alias = "spec")]
    public DeploymentSpecV1 Spec { get; set; } = new();

    public override PodTemplateSpecV1 PodTemplate => Spec.Template;
}

public sealed class DeploymentSpecV1
{
    /// <summary>Nothing, where an autoscaler decides: else each apply would set it back.</summary>
    [YamlMember(Alias = "replicas")]
    public int? Replicas { get; set; }

    [YamlMember(Alias = "selector")]
    public LabelSelectorV1 Selector { get; set; } = new();

    [YamlMember(Alias = "strategy")]
    public DeploymentStrategyV1? Strategy { get; set; }

    [YamlMember(Alias = "template")]
    public PodTemplateSpecV1 Template { get; set; } = new();
}

public sealed class DeploymentStrategyV1
{
    [YamlMember(Alias = "type")]
    public string Type { get; set; } = null!;
}

public sealed class PodTemplateSpecV1
{
    [YamlMember(Alias = "metadata")]
    public ObjectMetaV1 Metadata { get; set; } = new();

    [YamlMember(Alias = "spec")]
    public PodSpecV1 Spec { get; set; } = new();
}

public sealed class PodSpecV1
{
    [YamlMember(Alias = "automountServiceAccountToken")]
    public bool? AutomountServiceAccountToken { get; set; }

    [YamlMember(Alias = "enableServiceLinks")]
    public bool? EnableServiceLinks { get; set; }

    [YamlMember(Alias = "restartPolicy")]
    public string? RestartPolicy { get; set; }

    [YamlMember(Alias = "terminationGracePeriodSeconds")]
    public long? TerminationGracePeriodSeconds { get; set; }

    [YamlMember(Alias = "securityContext")]
    public PodSecurityContextV1? SecurityContext { get; set; }

    [YamlMember(Alias = "containers")]
    public List<ContainerV1> Containers { get; } = [];

    [YamlMember(Alias = "volumes")]
    public List<VolumeV1> Volumes { get; } = [];
}

public sealed class ContainerV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "image")]
    public string Image { get; set; } = null!;

    [YamlMember(Alias = "imagePullPolicy")]
    public string ImagePullPolicy { get; set; } = null!;

    [YamlMember(Alias = "workingDir")]
    public string? WorkingDir { get; set; }

    [YamlMember(Alias = "args")]
    public List<string> Args { get; } = [];

    [YamlMember(Alias = "envFrom")]
    public List<EnvFromSourceV1> EnvFrom { get; } = [];

    [YamlMember(Alias = "env")]
    public List<EnvVarV1> Env { get; } = [];

    [YamlMember(Alias = "ports")]
    public List<ContainerPortV1> Ports { get; } = [];

    [YamlMember(Alias = "startupProbe")]
    public ProbeV1? StartupProbe { get; set; }

    [YamlMember(Alias = "readinessProbe")]
    public ProbeV1? ReadinessProbe { get; set; }

    [YamlMember(Alias = "livenessProbe")]
    public ProbeV1? LivenessProbe { get; set; }

    [YamlMember(Alias = "resources")]
    public ResourceRequirementsV1? Resources { get; set; }

    [YamlMember(Alias = "securityContext")]
    public SecurityContextV1? SecurityContext { get; set; }

    [YamlMember(Alias = "volumeMounts")]
    public List<VolumeMountV1> VolumeMounts { get; } = [];
}

public sealed class ContainerPortV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "protocol")]
    public string Protocol { get; set; } = "TCP";

    [YamlMember(Alias = "containerPort")]
    public Int32OrStringV1? ContainerPort { get; set; }
}

public sealed class ResourceRequirementsV1
{
    [YamlMember(Alias = "requests")]
    public Dictionary<string, string> Requests { get; } = [];

    [YamlMember(Alias = "limits")]
    public Dictionary<string, string> Limits { get; } = [];
}

public sealed class ProbeV1
{
    [YamlMember(Alias = "httpGet")]
    public HttpGetActionV1? HttpGet { get; set; }

    [YamlMember(Alias = "periodSeconds")]
    public int? PeriodSeconds { get; set; }

    [YamlMember(Alias = "timeoutSeconds")]
    public int? TimeoutSeconds { get; set; }

    [YamlMember(Alias = "failureThreshold")]
    public int? FailureThreshold { get; set; }
}

public sealed class HttpGetActionV1
{
    [YamlMember(Alias = "path")]
    public string Path { get; set; } = null!;

    [YamlMember(Alias = "port")]
    public Int32OrStringV1? Port { get; set; }

    [YamlMember(Alias = "httpHeaders")]
    public List<HttpHeaderV1> HttpHeaders { get; } = [];
}

public sealed class HttpHeaderV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "value")]
    public string Value { get; set; } = null!;
}
