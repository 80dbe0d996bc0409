using System.Text.RegularExpressions;

namespace Emotion.AppHost.Tests;

/// <summary>The rules of <c>deploy/prometheus</c>: each is about something that is told, fires when it should and not before, and has its place in the runbook.</summary>
public sealed partial class AlertTests
{
    private static readonly string Rules = File.ReadAllText(Tools.PathOf("deploy", "prometheus", "alerts.yaml"));

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
        var instruments = Directory.EnumerateFiles(Tools.PathOf("src"), "*Instruments.cs", SearchOption.AllDirectories)
            .SelectMany(file => Instrument().Matches(File.ReadAllText(file))).Select(match => match.Value.Replace('.', '_')).ToHashSet();

        Assert.All(Metric().Matches(Rules).Select(match => match.Value).Distinct(), metric =>
            Assert.Contains(Suffix().Replace(metric, ""), instruments));
    }

    [GeneratedRegex(@"alert: (\w+)")]
    private static partial Regex AlertName();

    [GeneratedRegex(@"(?<="")emotion\.[a-z_.]+(?="")")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"emotion_[a-z_]+")]
    private static partial Regex Metric();

    /// <summary>What Prometheus' exporter appends, for unit and kind.</summary>
    [GeneratedRegex("(_seconds)?(_total|_bucket)?$")]
    private static partial Regex Suffix();
}
