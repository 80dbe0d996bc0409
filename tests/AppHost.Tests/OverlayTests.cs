using YamlDotNet.RepresentationModel;

namespace Emotion.AppHost.Tests;

/// <summary>What <c>kubectl kustomize</c> makes of the overlays, without a cluster.</summary>
[Trait("needs", "kubectl")]
public sealed class OverlayTests
{
    private static readonly string Check = Tools.PathOf("tests", "AppHost.Tests", "Schemas", "check.mjs");

    public static TheoryData<string> Overlays =>
        [.. Directory.EnumerateDirectories(Tools.PathOf("deploy", "overlays")).Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_Rendered_IsValid(string overlay)
    {
        var rendered = await RenderAsync(overlay);

        await Tools.OutputAsync("node", rendered, Check, "kubernetes");
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_EveryPod_IsUnprivilegedBoundedAndReadOnly(string overlay)
    {
        var pods = Pods(await RenderAsync(overlay)).ToList();

        Assert.NotEmpty(pods);
        Assert.All(pods, pod =>
        {
            Assert.Equal("true", pod["securityContext"]["runAsNonRoot"].ToString());
            Assert.Equal("false", pod["automountServiceAccountToken"].ToString());
            var volumes = Sequence(pod, "volumes").Where(volume => Has(volume, "emptyDir")).ToList();
            Assert.NotEmpty(volumes);
            Assert.All(volumes, volume => Assert.NotNull(volume["emptyDir"]["sizeLimit"]));
            Assert.All(Sequence(pod, "containers"), container =>
            {
                Assert.Equal("true", container["securityContext"]["readOnlyRootFilesystem"].ToString());
                Assert.Equal("false", container["securityContext"]["allowPrivilegeEscalation"].ToString());
                Assert.Equal("ALL", container["securityContext"]["capabilities"]["drop"][0].ToString());
                Assert.NotNull(container["resources"]["limits"]["memory"]);
                Assert.NotNull(container["resources"]["limits"]["cpu"]);
            });
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_Secrets_AreReferredToAndNotInIt(string overlay)
    {
        var rendered = await RenderAsync(overlay);

        Assert.DoesNotContain("kind: Secret", rendered, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", rendered, StringComparison.Ordinal);
        Assert.Contains("secretKeyRef", rendered, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_VideoWorkers_ReachNamesAndTheBlobStoreAndNothingElse(string overlay)
    {
        var policies = Documents(await RenderAsync(overlay)).Where(document => document["kind"].ToString() == "NetworkPolicy")
            .Where(policy => Selects(policy["spec"]["podSelector"], "video")).Select(policy => (YamlMappingNode)policy["spec"]).ToList();

        var from = policies.Where(spec => Has(spec, "ingress")).SelectMany(spec => Sequence(spec, "ingress")).SelectMany(rule => Sequence(rule, "from").Select(peer =>
            (((YamlMappingNode)peer["podSelector"]["matchLabels"]).Single().Value.ToString(), string.Join(' ', Sequence(rule, "ports").Select(port => port["port"].ToString())))));
        Assert.Equal([("gateway", "8080"), ("prometheus", "9464")], from); // Metrics alone for Prometheus.
        var ports = policies.Where(spec => Has(spec, "egress")).SelectMany(spec => Sequence(spec, "egress"))
            .SelectMany(rule => { Assert.NotEmpty(Sequence(rule, "to")); return Sequence(rule, "ports"); })
            .Select(port => port["port"].ToString()).Distinct().Order();
        Assert.Equal(overlay == "one-node" ? ["10000", "53"] : ["443", "53"], ports);
        Assert.Contains(policies, spec => Sequence(spec, "policyTypes").Select(type => type.ToString()).Order().SequenceEqual(["Egress", "Ingress"]));
    }

    [Fact]
    public async Task GpuCluster_Models_HaveAGpuEachAndMustUseIt()
    {
        var rendered = await RenderAsync("gpu-cluster");

        var withGpu = Documents(rendered).Where(document => document["kind"].ToString() == "Deployment")
            .Where(deployment => Has(deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"], "nvidia.com/gpu"))
            .Select(deployment => deployment["metadata"]["name"].ToString()).Order();
        Assert.Equal(["audio-deployment", "text-deployment", "video-deployment"], withGpu);
        var configured = Documents(rendered).Where(document => document["kind"].ToString() == "ConfigMap" && Has(document["data"], "Inference__Provider"))
            .Select(config => (config["metadata"]["name"].ToString(), config["data"]["Inference__Provider"].ToString())).Order();
        Assert.Equal([("audio-config", "cuda"), ("text-config", "cuda"), ("video-config", "cuda")], configured);
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_Services_OfModelsAreHeadlessAndTheGatewaysIsNot(string overlay)
    {
        var headless = Documents(await RenderAsync(overlay)).Where(document => document["kind"].ToString() == "Service")
            .Where(service => Has(service["spec"], "clusterIP") && service["spec"]["clusterIP"].ToString() == "None")
            .Select(service => service["metadata"]["name"].ToString()).Order();

        Assert.Equal(["audio-service", "fusion-service", "text-service", "video-service"], headless);
    }

    private static Task<string> RenderAsync(string overlay) =>
        Tools.OutputAsync("kubectl", null, "kustomize", Tools.PathOf("deploy", "overlays", overlay));

    private static IEnumerable<YamlNode> Documents(string rendered)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(rendered));
        return yaml.Documents.Select(document => document.RootNode);
    }

    private static IEnumerable<YamlMappingNode> Pods(string rendered) => Documents(rendered)
        .Where(document => document["kind"].ToString() is "Deployment" or "StatefulSet" or "Job")
        .Select(document => (YamlMappingNode)document["spec"]["template"]["spec"]);

    private static IEnumerable<YamlNode> Sequence(YamlNode node, string key) => Has(node, key) ? (YamlSequenceNode)node[key] : [];

    private static bool Has(YamlNode node, string key) => node is YamlMappingNode mapping && mapping.Children.ContainsKey(key);

    private static bool Selects(YamlNode selector, string component) =>
        (Has(selector, "matchLabels") && selector["matchLabels"]["app.kubernetes.io/component"].ToString() == component)
        || Sequence(selector, "matchExpressions").Any(expression => Sequence(expression, "values").Any(value => value.ToString() == component));
}
