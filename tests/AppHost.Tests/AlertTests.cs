using System.Text.RegularExpressions;

namespace Emotion.AppHost.Tests;

/// <summary>The rules of <c>deploy/prometheus</c>: each is about something that is told, fires when it should and not before, and has its place in the runbook.</summary>
public sealed partial class AlertTests
{
    private static readonly string Rules = File.ReadAllText(Tools.PathOf("deploy", "prometheus", "alerts.yaml"));

    private static IEnumerable<string> Instruments => Directory.EnumerateFiles(Tools.PathOf("src"), "*Instruments.cs", SearchOption.AllDirectories)
        .SelectMany(file => Instrument().Matches(File.ReadAllText(file))).Select(match => match.Value);

    private static IEnumerable<string> Alerts => AlertName().Matches(Rules).Select(match => match.Groups[1].Value);

    [Fact]
    [Trait("needs", "promtool")]
    public async Task Rules_AreValid_AndFireWhenTheyShould()
    {
        await Tools.OutputAsync("promtool", null, "check", "rules", Tools.PathOf("deploy", "prometheus", "alerts.yaml"));
        await Tools.OutputAsync("promtool", null, "test", "rules", Tools.PathOf("deploy", "prometheus", "alerts.test.yaml"));
    }

    [Fact]
    public void EveryAlert_IsTriedAndExplained()
    {
        var tried = File.ReadAllText(Tools.PathOf("deploy", "prometheus", "alerts.test.yaml"));
        var runbook = File.ReadAllText(Tools.PathOf("docs", "operations.md"));

        Assert.NotEmpty(Alerts);
        Assert.All(Alerts, alert =>
        {
            Assert.Contains($"alertname: {alert}", tried);
            Assert.Contains($"| `{alert}`", runbook);
        });
    }

    [Fact]
    public void EveryMetric_IsOneOfOurInstruments()
    {
        var instruments = Instruments.Select(name => name.Replace('.', '_')).ToHashSet();

        Assert.All(Metric().Matches(Rules).Select(match => match.Value).Distinct(), metric =>
            Assert.Contains(Suffix().Replace(metric, ""), instruments));
    }

    [Fact]
    public void EveryInstrument_HasARowInTheRunbook_AndEveryRowIsOne()
    {
        var runbook = File.ReadAllText(Tools.PathOf("docs", "operations.md"));
        var table = runbook[runbook.IndexOf("\n## Metrics", StringComparison.Ordinal)..runbook.IndexOf("\n## Alerts", StringComparison.Ordinal)];
        var rows = table.Split('\n').Where(line => line.StartsWith('|')).SelectMany(line => Named().Matches(line.Split('|')[1])).Select(name => name.Groups[1].Value);

        Assert.Equal(Instruments.Order(), rows.Order());
    }

    /// <summary>
    /// An alert about how much a counter grew misses the event that the counter is born with: those of one process's life, as a canary that is rolled back, altogether.
    /// So every series that such an alert asks for by name is there when nothing has happened yet.
    /// </summary>
    [Fact]
    public async Task EveryCounter_WhoseGrowthIsAskedFor_BeginsAtZero()
    {
        await using var audio = ServiceProcess.Start("audio");
        await using var gateway = ServiceProcess.Start("gateway");
        var told = await audio.ScrapeAsync("emotion_inference_model_loads_total") + await gateway.ScrapeAsync("emotion_gateway_modalities_total"); // The last one of each.

        var grown = Growth().Matches(Rules).ToList();
        Assert.True(grown.Count >= 4);
        Assert.All(grown, asked =>
        {
            var labels = Label().Matches(asked.Groups["labels"].Value).Select(label => label.Value).ToList();
            Assert.Contains(Sample().Matches(told), sample => sample.Groups["name"].Value == asked.Groups["name"].Value
                && labels.TrueForAll(label => sample.Groups["labels"].Value.Contains(label, StringComparison.Ordinal))
                && sample.Groups["value"].Value == "0");
        });
    }

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"(?<=Create\w+<\w+>\(\s*"")emotion\.[a-z_.]+(?="")")]
    private static partial Regex Instrument();

    [GeneratedRegex("`(emotion[a-z_.]+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"emotion_[a-z_]+")]
    private static partial Regex Metric();

    /// <summary>As <c>increase(emotion_gateway_refusals_total{reason="no-release"}[5m])</c>; shares of many are no matter of the first one.</summary>
    [GeneratedRegex(@"increase\((?<name>emotion_(?!gateway_predictions)\w+)(\{(?<labels>[^}]*)\})?")]
    private static partial Regex Growth();

    [GeneratedRegex(@"\w+=""[^""]*""")]
    private static partial Regex Label();

    /// <summary>As <c>emotion_serving_pending{otel_scope_name="Emotion.Serving",call="audio"} 0 1764511200000</c>.</summary>
    [GeneratedRegex(@"^(?<name>[a-z_]+)\{(?<labels>[^}]*)\} (?<value>\S+)", RegexOptions.Multiline)]
    private static partial Regex Sample();

    /// <summary>What Prometheus' exporter appends, for unit and kind.</summary>
    [GeneratedRegex("(_seconds)?(_total|_bucket)?$")]
    private static partial Regex Suffix();
}
