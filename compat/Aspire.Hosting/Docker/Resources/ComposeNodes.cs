using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;
using YamlDotNet.Serialization;

namespace Aspire.Hosting.Docker.Resources.ComposeNodes
{
    /// <summary>Something of a compose file that has its name as key.</summary>
    public abstract class NamedComposeMember
    {
        [YamlIgnore]
        public required string Name { get; set; }
    }

    public sealed class Network : NamedComposeMember
    {
        /// <summary>Without a way out.</summary>
        [YamlMember(Alias = "internal")]
        public bool? Internal { get; set; }

        [YamlMember(Alias = "driver")]
        public string? Driver { get; set; }
    }

    /// <summary>The containers of one image.</summary>
    public sealed class Service : NamedComposeMember
    {
        [YamlMember(Alias = "image")]
        public string? Image { get; set; }

        [YamlMember(Alias = "user")]
        public string? User { get; set; }

        [YamlMember(Alias = "read_only")]
        public bool? ReadOnly { get; set; }

        [YamlMember(Alias = "init")]
        public bool? Init { get; set; }

        [YamlMember(Alias = "working_dir")]
        public string? WorkingDir { get; set; }

        [YamlMember(Alias = "command")]
        public List<string> Command { get; set; } = [];

        [YamlMember(Alias = "environment")]
        public Dictionary<string, string> Environment { get; set; } = [];

        [YamlMember(Alias = "ports")]
        public List<string> Ports { get; set; } = [];

        [YamlMember(Alias = "expose")]
        public List<string> Expose { get; set; } = [];

        [YamlMember(Alias = "networks")]
        public List<string> Networks { get; set; } = [];

        [YamlMember(Alias = "tmpfs")]
        public List<string> Tmpfs { get; set; } = [];

        [YamlMember(Alias = "volumes")]
        public List<Volume> Volumes { get; set; } = [];

        [YamlMember(Alias = "cap_drop")]
        public List<string> CapDrop { get; set; } = [];

        [YamlMember(Alias = "security_opt")]
        public List<string> SecurityOpt { get; set; } = [];

        [YamlMember(Alias = "profiles")]
        public List<string> Profiles { get; set; } = [];

        [YamlMember(Alias = "depends_on")]
        public Dictionary<string, ServiceDependency> DependsOn { get; set; } = [];

        [YamlMember(Alias = "restart")]
        public string? Restart { get; set; }

        [YamlMember(Alias = "deploy")]
        public Deploy? Deploy { get; set; }
    }

    public sealed class ServiceDependency
    {
        [YamlMember(Alias = "condition")]
        public string? Condition { get; set; }
    }
}

namespace Aspire.Hosting.Docker.Resources.ServiceNodes
{
    public sealed class Volume : ComposeNodes.NamedComposeMember
    {
        [YamlMember(Alias = "type")]
        public string? Type { get; set; }

        [YamlMember(Alias = "source")]
        public string? Source { get; set; }

        [YamlMember(Alias = "target")]
        public string? Target { get; set; }

        [YamlMember(Alias = "read_only")]
        public bool? ReadOnly { get; set; }
    }
}

namespace Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm
{
    public sealed class Deploy
    {
        [YamlMember(Alias = "replicas")]
        public int? Replicas { get; set; }

        [YamlMember(Alias = "resources")]
        public Resources? Resources { get; set; }
    }

    public sealed class Resources
    {
        [YamlMember(Alias = "limits")]
        public ResourceSpec? Limits { get; set; }
    }

    public sealed class ResourceSpec
    {
        [YamlMember(Alias = "cpus")]
        public string? Cpus { get; set; }

        [YamlMember(Alias = "memory")]
        public string? Memory { get; set; }
    }
}
