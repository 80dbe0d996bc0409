using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Serialization;

namespace Emotion.AppHost.Publishing;

/// <summary>An object of a kind that Aspire's Kubernetes package has no class for, or one that cannot say what we need.</summary>
internal sealed class Manifest : BaseKubernetesResource
{
    public Manifest(string apiVersion, string kind, string name, object spec)
        : base(apiVersion, kind)
    {
        Metadata.Name = name;
        Spec = spec;
    }

    [YamlMember(Alias = "spec")]
    public object Spec { get; }
}
