using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Emotion.AppHost.Tests;

/// <summary>
/// What the autoscalers of <c>deploy/</c> ask for is what the services tell, from their start on: an autoscaler that misses its metric takes no pod away, and
/// without the one for CPU adds none.
/// </summary>
public sealed class ScalingTests
{
    public static TheoryData<string> Scaled => [.. Directory.EnumerateFiles(Tools.PathOf("deploy", "kubernetes"), "scale.yaml", SearchOption.AllDirectories)
        .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order()];

    [Theory]
    [MemberData(nameof(Scaled))]
    public async Task Metric_OfAnAutoscaler_IsToldByItsServiceAtStartAsZero(string service)
    {
        var metric = MetricOf(service);
        await using var process = ServiceProcess.Start(service);

        var told = await process.ScrapeAsync(metric);

        Assert.All(Regex.Matches(told, $@"^{metric}\{{[^}}]*\}} (\S+)", RegexOptions.Multiline), sample => Assert.Equal("0", sample.Groups[1].Value));
    }

    private static string MetricOf(string service)
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Tools.PathOf("deploy", "kubernetes", service, "scale.yaml"));
        yaml.Load(reader);
        return ((YamlSequenceNode)yaml.Documents[0].RootNode["spec"]["metrics"])
            .Single(metric => metric["type"].ToString() == "Pods")["pods"]["metric"]["name"].ToString();
    }
}
