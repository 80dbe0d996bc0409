using Emotion.Client.Tests;

namespace Emotion.Cli.Tests;

/// <summary>The verbs on a gateway's analyses as a shell sees them.</summary>
public sealed class JobsCommandTests
{
    private const string Done = """
        {"id":"a1","status":"done","clip":{"seconds":4.1,"container":"mp4","hasAudio":true,"hasVideo":false},"fused":{"status":"certain","prediction":"happy","posterior":{"neutral":0.25,"happy":0.75}}}
        """;

    private const string Running = """{"id":"a1","status":"running","stages":[{"stage":"video","state":"running","done":4,"total":8,"unit":"seconds","fraction":0.5}]}""";

    private static readonly string Events = $"event: progress\ndata: {Running}\n\nevent: result\ndata: {Done.Trim()}\n\n";

    [Fact]
    public async Task Watch_AnalysisUnderWay_EndsWithItsAnswer()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Events, "text/event-stream"));

        var (status, output, said) = await RunAsync(gateway, "watch", "a1");

        Assert.Equal(0, status);
        Assert.Contains("Expressed emotion: happy 75%", output);
        Assert.Contains("video 4 of 8 seconds", said);
    }

    [Fact]
    public async Task Watch_Json_IsALineForEachEvent()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Events, "text/event-stream"));

        var (status, output, _) = await RunAsync(gateway, "watch", "a1", "--json");

        Assert.Equal(0, status);
        Assert.Equal([Running, Done.Trim()], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task List_OfSome_ShowsHowFarEachIs()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, """
            {"items":[{"id":"a2","status":"failed","acceptedAt":"2026-11-29T10:00:00+00:00","release":"r1","reason":"damaged"},
                      {"id":"a1","status":"done","acceptedAt":"2026-11-29T09:00:00+00:00","release":"r1","seconds":4.1,"prediction":"happy","certainty":"uncertain"}],"next":"7"}
            """));

        var (status, output, _) = await RunAsync(gateway, "jobs", "list", "--limit", "2", "--status", "failed");
        var (_, json, _) = await RunAsync(gateway, "jobs", "list", "--limit", "1", "--json");

        Assert.Equal(0, status);
        Assert.Matches(@"a2 +│? *2026-11-29 10:00:00 +│? *failed: damaged", output);
        Assert.Contains("happy (uncertain)", output);
        Assert.Equal("/v1/analyses?limit=100&status=failed", gateway.Asked[0]);
        Assert.StartsWith("""{"id":"a2","status":"failed","acceptedAt":"2026-11-29T10:00:00+00:00",""", json);
        Assert.Single(json.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Show_OfOneThatRuns_SaysHowToFollowIt()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, """{"id":"a1","status":"running"}"""));

        var (status, output, _) = await RunAsync(gateway, "jobs", "show", "a1");

        Assert.Equal(0, status);
        Assert.Contains("a1 is running; `watch a1` follows it.", output);
    }

    [Fact]
    public async Task Delete_OneOfThreeUnknown_DeletesTheOthersAndIs2()
    {
        using var gateway = new LoopbackGateway((_, path) => path.EndsWith("/b", StringComparison.Ordinal)
            ? new Answer(404, """{"detail":"There is no such analysis.","reason":"unknown-analysis"}""", "application/problem+json") : new Answer(204, ""));

        var (status, _, said) = await RunAsync(gateway, "jobs", "delete", "a", "b", "c");

        Assert.Equal(2, status);
        Assert.Contains("b: refused (unknown-analysis)", said);
        Assert.Equal(["/v1/analyses/a", "/v1/analyses/b", "/v1/analyses/c"], gateway.Asked);
    }

    [Theory]
    [InlineData("bash", "complete -o filenames -F _emotion")]
    [InlineData("zsh", "compdef _emotion")]
    [InlineData("fish", "complete -c emotion")]
    public async Task Completion_OfAShell_AsksThisProgram(string shell, string expected)
    {
        var (status, script, _) = await CommandLine.RunAsync([], "completion", shell);
        var (_, verbs, _) = await CommandLine.RunAsync([], "[suggest:7]", "jobs ca");

        Assert.Equal(0, status);
        Assert.Contains(expected, script);
        Assert.Contains("Emotion.Cli.dll", script);
        Assert.DoesNotContain("PROGRAM", script);
        Assert.Equal("cancel", verbs.Trim());
    }

    [Fact]
    public async Task Jobs_WithoutAGateway_SayWhereOneIsNamed()
    {
        var (status, _, said) = await CommandLine.RunAsync([], "jobs", "list");

        Assert.Equal(2, status);
        Assert.Contains("EMOTION_GATEWAY", said);
    }

    private static Task<(int Status, string Output, string Error)> RunAsync(LoopbackGateway gateway, params string[] arguments) =>
        CommandLine.RunAsync(new Dictionary<string, string> { ["EMOTION_GATEWAY"] = gateway.Address.ToString() }, arguments);
}
