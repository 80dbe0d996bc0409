using YamlDotNet.Serialization;

namespace Aspire.Hosting.Kubernetes.Resources;

public sealed class EnvVarV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "value")]
    public string Value { get; set; } = null!;

    [YamlMember(Alias = "valueFrom")]
    public EnvVarSourceV1? ValueFrom { get; set; }
}

public sealed class EnvVarSourceV1
{
    [YamlMember(Alias = "secretKeyRef")]
    public SecretKeySelectorV1? SecretKeyRef { get; set; }
}

public sealed class SecretKeySelectorV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "key")]
    public string Key { get; set; } = null!;
}

public sealed class EnvFromSourceV1
{
    [YamlMember(Alias = "configMapRef")]
    public ConfigMapEnvSourceV1? ConfigMapRef { get; set; }
}

public sealed class ConfigMapEnvSourceV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;
}

public sealed class PodSecurityContextV1
{
    [YamlMember(Alias = "runAsNonRoot")]
    public bool? RunAsNonRoot { get; set; }

    [YamlMember(Alias = "runAsUser")]
    public long? RunAsUser { get; set; }

    [YamlMember(Alias = "runAsGroup")]
    public long? RunAsGroup { get; set; }

    [YamlMember(Alias = "fsGroup")]
    public long? FsGroup { get; set; }

    [YamlMember(Alias = "seccompProfile")]
    public SeccompProfileV1? SeccompProfile { get; set; }
}

public sealed class SecurityContextV1
{
    [YamlMember(Alias = "allowPrivilegeEscalation")]
    public bool? AllowPrivilegeEscalation { get; set; }

    [YamlMember(Alias = "readOnlyRootFilesystem")]
    public bool? ReadOnlyRootFilesystem { get; set; }

    [YamlMember(Alias = "capabilities")]
    public CapabilitiesV1? Capabilities { get; set; }
}

public sealed class CapabilitiesV1
{
    [YamlMember(Alias = "drop")]
    public List<string> Drop { get; } = [];
}

public sealed class SeccompProfileV1
{
    [YamlMember(Alias = "type")]
    public string Type { get; set; } = null!;
}

public sealed class VolumeV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "emptyDir")]
    public EmptyDirVolumeSourceV1? EmptyDir { get; set; }

    [YamlMember(Alias = "persistentVolumeClaim")]
    public PersistentVolumeClaimVolumeSourceV1? PersistentVolumeClaim { get; set; }
}

public sealed class EmptyDirVolumeSourceV1
{
    [YamlMember(Alias = "sizeLimit")]
    public string SizeLimit { get; set; } = null!;
}

public sealed class PersistentVolumeClaimVolumeSourceV1
{
    [YamlMember(Alias = "claimName")]
    public string ClaimName { get; set; } = null!;

    [YamlMember(Alias = "readOnly")]
    public bool? ReadOnly { get; set; }
}

public sealed class VolumeMountV1
{
    [YamlMember(Alias = "name")]
    public string Name { get; set; } = null!;

    [YamlMember(Alias = "mountPath")]
    public string MountPath { get; set; } = null!;

    [YamlMember(Alias = "readOnly")]
    public bool? ReadOnly { get; set; }
}
