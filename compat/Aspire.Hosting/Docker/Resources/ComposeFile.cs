using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Publishing;
using YamlDotNet.Serialization;

namespace Aspire.Hosting.Docker.Resources;

/// <summary>A compose file.</summary>
public sealed class ComposeFile
{
    [YamlMember(Alias = "name")]
    public string? Name { get; set; }

    [YamlMember(Alias = "services")]
    public Dictionary<string, Service> Services { get; set; } = [];

    [YamlMember(Alias = "networks")]
    public Dictionary<string, Network> Networks { get; set; } = [];

    [YamlMember(Alias = "volumes")]
    public Dictionary<string, Volume> Volumes { get; set; } = [];

    public ComposeFile AddService(Service service)
    {
        Services[service.Name] = service;
        return this;
    }

    public ComposeFile AddNetwork(Network network)
    {
        Networks[network.Name] = network;
        return this;
    }

    public ComposeFile AddVolume(Volume volume)
    {
        Volumes[volume.Name] = volume;
        return this;
    }

    public string ToYaml(string lineEndings = "\n") => YamlFile.ComposeText(this).ReplaceLineEndings(lineEndings);
}
