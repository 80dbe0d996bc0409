using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>What every object of Kubernetes says of itself first.</summary>
public abstract class BaseKubernetesObject(string? apiVersion = null, string? kind = null)
{
    [YamlMember(Alias = "apiVersion", Order = -3)]
    public string? ApiVersion { get; set; } = apiVersion;

    [YamlMember(Alias = "kind", Order = -2)]
    public string? Kind { get; set; } = kind;
}

/// <summary>An object with a name and labels. Kinds that are not here are classes of the caller's own, with <c>YamlMember</c>s.</summary>
public abstract class BaseKubernetesResource(string apiVersion, string kind) : BaseKubernetesObject(apiVersion, kind)
{
    [YamlMember(Alias = "metadata", Order = -1)]
    public ObjectMetaV1 Metadata { get; set; } = new();
}

public sealed class ObjectMetaV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "labels")]
    public Dictionary<string, string> Labels { get; set; } = [];

    [YamlMember(Alias = "annotations")]
    public Dictionary<string, string> Annotations { get; } = [];
}

public sealed class LabelSelectorV1
{
    [YamlMember(Alias = "matchLabels")]
    public Dictionary<string, string> MatchLabels { get; set; } = [];
}

public sealed class ConfigMap() : BaseKubernetesResource("v1", "ConfigMap")
{
    [YamlMember(Alias = "data")]
    public Dictionary<string, string> Data { get; } = [];
}

public sealed class Service() : BaseKubernetesResource("v1", "Service")
{
    [YamlMember(Alias = "spec")]
    public ServiceSpecV1 Spec { get; set; } = new();
}

public sealed class ServiceSpecV1
{
    [YamlMember(Alias = "type")]
    public string Type { get; set; } = "ClusterIP";

    /// <summary><c>None</c> makes the service headless: its name has the address of every ready pod.</summary>
    [YamlMember(Alias = "clusterIP")]
    public string? ClusterIp { get; set; }

    [YamlMember(Alias = "selector")]
    public Dictionary<string, string> Selector { get; set; } = [];

    [YamlMember(Alias = "ports")]
    public List<ServicePortV1> Ports { get; } = [];
}

public sealed class ServicePortV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "protocol")]
    public string Protocol { get; set; } = "TCP";

    [YamlMember(Alias = "port")]
    public Int32OrStringV1 Port { get; set; } = null!;

    [YamlMember(Alias = "targetPort")]
    public Int32OrStringV1 TargetPort { get; set; } = null!;
}

/// <summary>A number, or a name.</summary>
public sealed record Int32OrStringV1(int? Number = null, string? Text = null)
{
    public static implicit operator Int32OrStringV1(int value) => new(value);

    public static implicit operator Int32OrStringV1?(string? value) => value is null ? null : new(Text: value);
}
