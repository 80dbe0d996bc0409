using Emotion.Client.Tests;

namespace Emotion.Cli.Tests;

/// <summary>The command as a shell sees it: arguments in, text and exit status out.</summary>
public sealed class AnalyzeCommandTests : IDisposable
{
    private const string Done = """
        { "id": "a1", "status": "done",
          "clip": { "seconds": 4.1, "container": "mp4", "hasAudio": true, "hasVideo": true },
          "fused": { "status": "certain", "prediction": "happy", "posterior": { "neutral": 0.25, "calm": 0, "happy": 0.75 }, "face": 1 },
          "modalities": { "audio": { "status": "used", "prediction": "happy", "posterior": { "neutral": 0.2, "calm": 0.1, "happy": 0.7 }, "coveredLabels": ["neutral", "calm", "happy"], "contribution": 0.31 },
                          "video": { "status": "used", "prediction": "neutral", "posterior": { "neutral": 0.6, "calm": 0, "happy": 0.4 }, "coveredLabels": ["neutral", "happy"], "contribution": -0.05 },
                          "text": { "status": "absent", "reason": "no-transcript: none came" } },
          "windows": [ { "start": 0, "end": 4.1, "fused": { "status": "certain", "prediction": "happy", "posterior": { "happy": 0.75 } },
                         "audio": { "status": "used", "prediction": "happy", "posterior": { "happy": 0.7 } }, "video": { "status": "abstained" }, "text": { "status": "absent" } } ],
          "models": { "release": "r1", "audio": "a-version", "fusion": "f-version" }, "timings": { "probe": 70.2 }, "traceId": "0af7651916cd43dd", "notice": "An estimate." }
        """;

    private readonly string _clip = Path.GetTempFileName();

    public AnalyzeCommandTests() => File.WriteAllBytes(_clip, new byte[100]);

    public void Dispose() => File.Delete(_clip);

    [Fact]
    public async Task Analyze_ModalitiesThatDisagree_AreSaidTo()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done.Replace("\"face\": 1", "\"modalitiesDisagree\": true", StringComparison.Ordinal)));

        var (_, output, _) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Contains("The modalities disagree", output);
    }

    [Fact]
    public async Task Analyze_Answer_ShowsBarsModalitiesWindowsVersionsTimesAndTrace()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done));

        var (status, output, _) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Contains("Expressed emotion: happy 75%", output);
        Assert.Matches(@"happy +█+ +75\.0%", output);
        Assert.Contains("+0.31", output);
        Assert.Contains("-0.05", output);
        Assert.Matches(@"calm +not covered", output);
        Assert.Contains("absent: no-transcript", output);
        Assert.DoesNotContain("disagree", output);
        Assert.Contains("0.0 - 4.1", output);
        Assert.Contains("a-version", output);
        Assert.Contains("probe 70 ms", output);
        Assert.Contains("0af7651916cd43dd", output);
    }

    [Fact]
    public async Task Analyze_Options_AreAskedForAndTheLicencesSaid()
    {
        var licences = "\"release\": \"r1\", \"licences\": { \"audio\": { \"id\": \"research only\", \"allowsCommercialUse\": false }, \"fusion\": { \"id\": \"research only\", \"allowsCommercialUse\": false } }";
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done.Replace("\"release\": \"r1\"", licences, StringComparison.Ordinal)));

        var (status, output, _) = await RunAsync(
            "analyze", _clip, "--gateway", gateway.Address.ToString(), "--modalities", "audio,text", "--faces", "2", "--transcript", "--overlay", "--language", "en", "--callback", "https://example.com/a?b=c");
        var (bad, _, said) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString(), "--modalities", "smell");

        Assert.Equal(0, status);
        Assert.Contains(
            "/v1/analyses?language=en&includeTranscript=true&modalities=audio%2Ctext&faces=2&overlay=true&callback=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc", gateway.Asked);
        Assert.Contains("The models' licence: research only.", output);
        Assert.NotEqual(0, bad);
        Assert.Contains("--modalities is one or more of", said);
    }

    [Fact]
    public async Task Analyze_FusedByTheFallback_SaysSoWithTheReason()
    {
        var fallback = Done.Replace(
            "\"fused\": { \"status\": \"certain\", \"prediction\": \"happy\", \"posterior\": { \"neutral\"",
            "\"fused\": { \"status\": \"uncertain\", \"fallback\": true, \"reason\": \"fallback: audio/x does not fit fusion/y.\", \"prediction\": \"happy\", \"posterior\": { \"neutral\"",
            StringComparison.Ordinal);
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, fallback));

        var (status, output, _) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Contains("Expressed emotion: happy 75% (uncertain: fallback: audio/x does not fit fusion/y.)", output);
    }

    [Fact]
    public async Task Analyze_WindowsThatDecided_AreNamedAndMarked()
    {
        static string Window(int start, string contribution) => $$"""
            { "start": {{start}}, "end": {{start + 4}}, "fused": { "status": "certain", "prediction": "happy", "posterior": { "happy": 0.75 } }, "contribution": {{contribution}},
              "audio": { "status": "used", "prediction": "happy", "posterior": { "happy": 0.7 } }, "video": { "status": "abstained" }, "text": { "status": "absent" } }
            """;
        string[] windows = [Window(0, "0.012"), Window(4, "-0.02"), Window(8, "0.101"), Window(12, "0.06"), Window(16, "0.05"), Window(20, "null")];
        var json = System.Text.Json.Nodes.JsonNode.Parse(Done)!;
        json["windows"] = System.Text.Json.Nodes.JsonNode.Parse($"[{string.Join(',', windows)}]");
        json["fused"]!["decidedBy"] = System.Text.Json.Nodes.JsonNode.Parse("""{ "windows": [2, 3, 4, 0], "contribution": 0.31, "predictionWithout": "neutral" }""");
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, json.ToJsonString()));

        var (status, output, _) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Contains("Decided by 8.0-12.0 s, 12.0-16.0 s, 16.0-20.0 s and 1 more: without, happy would be 31.0 points less probable, and the answer neutral.", output.ReplaceLineEndings(" ").Replace("  ", " "));
        Assert.Matches(@"8\.0 - 12\.0 .*\+0\.101 \*", output);
        Assert.Matches(@"4\.0 - 8\.0 .*-0\.020  ", output);
    }

    [Fact]
    public async Task Analyze_WordsThatWereRead_ShowsWhatTheyCarryAndWhereTheyComeFrom()
    {
        var read = Done.Replace(
            """text": { "status": "absent", "reason": "no-transcript: none came" }""",
            """text": { "status": "used", "prediction": "happy", "posterior": { "neutral": 0.1, "calm": 0, "happy": 0.9 }, "coveredLabels": ["neutral", "happy"], "contribution": null, "source": "subtitles" }""",
            StringComparison.Ordinal);
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, read));

        var (status, output, _) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Matches(@"text.* neutral", output);
        Assert.Contains("(subtitles)", output);
        Assert.Matches(@"happy +█+ +90%", output);
    }

    [Fact]
    public async Task Analyze_Save_WritesWhatTheNameAsksFor()
    {
        using var gateway = new LoopbackGateway((_, path) => path switch
        {
            "/v1/analyses/a1/windows.csv" => new Answer(200, "start,end"),
            "/v1/analyses/a1/timeline.svg" => new Answer(200, "<svg/>"),
            _ => new Answer(200, Done),
        });
        var folder = Directory.CreateTempSubdirectory("emotion-save-");
        string Named(string name) => Path.Combine(folder.FullName, name);

        var (status, _, said) = await RunAsync(
            "analyze", _clip, "--gateway", gateway.Address.ToString(), "--save", Named("a.csv"), "--save", Named("a.SVG"), "--save", Named("a.json"));

        Assert.Equal(0, status);
        Assert.Equal("start,end", File.ReadAllText(Named("a.csv")));
        Assert.Equal("<svg/>", File.ReadAllText(Named("a.SVG")));
        Assert.Equal(Done.Trim(), File.ReadAllText(Named("a.json")).Trim());
        Assert.Contains("a.csv", said);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("answer.docx", "must end in one of .json, .csv, .srt, .vtt, .svg")]
    [InlineData("nowhere/answer.csv", "There is no folder")]
    public async Task Analyze_SaveUnderANameThatCannotBe_IsRefusedBeforeTheUpload(string name, string why)
    {
        using var gateway = new LoopbackGateway((_, _) => throw new InvalidOperationException("Nothing is to be sent."));

        var (status, _, said) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString(), "--save", Path.Combine(Path.GetTempPath(), name));

        Assert.Equal(2, status);
        Assert.Contains(why, said);
    }

    [Fact]
    public async Task Analyze_AcceptedForLater_ShowsItsStagesUntilTheAnswer()
    {
        const string Progress = """{"id":"a1","status":"running","stages":[{"stage":"audio","state":"ended","milliseconds":41.6},{"stage":"video","state":"running","done":4,"total":8,"unit":"seconds","fraction":0.5}]}""";
        using var gateway = new LoopbackGateway((_, path) => path switch
        {
            "/v1/analyses" => new Answer(202, """{ "id": "a1", "status": "queued" }"""),
            "/v1/analyses/a1/events" => new Answer(200, $"event: progress\ndata: {Progress}\n\nevent: result\ndata: {Done.ReplaceLineEndings(" ")}\n\n", "text/event-stream"),
            _ => new Answer(200, "{}"),
        });

        var (status, output, said) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Contains("Expressed emotion: happy 75%", output);
        Assert.Contains("audio 42 ms", said);
        Assert.Contains("video 4 of 8 seconds", said);
    }

    [Fact]
    public async Task Analyze_LargeClipThatWasStopped_GoesOnWhereItWas()
    {
        const int Bytes = 17_000_000, Piece = 8 * 1024 * 1024;
        var home = Directory.CreateTempSubdirectory("emotion-cli-tests-");
        try
        {
            await using (var clip = File.OpenWrite(_clip))
            {
                clip.SetLength(Bytes);
            }

            using var gateway = new PieceGateway { Accepted = (200, Done) };
            gateway.Refuse.Enqueue(0);
            gateway.Refuse.Enqueue(413);
            var environment = new Dictionary<string, string> { ["XDG_DATA_HOME"] = Path.Combine(home.FullName, "not-there-yet") };

            var (first, _, why) = await CommandLine.RunAsync(environment, "analyze", _clip, "--gateway", gateway.Address.ToString());
            var note = Assert.Single(home.GetFiles("*", SearchOption.AllDirectories));
            var (second, output, _) = await CommandLine.RunAsync(environment, "analyze", _clip, "--gateway", gateway.Address.ToString());

            Assert.True(first == 2, why);
            Assert.Equal(0, second);
            Assert.Contains("Expressed emotion: happy 75%", output);
            Assert.Equal(
                ["POST /v1/uploads", "PATCH /v1/uploads/u1 at 0", $"PATCH /v1/uploads/u1 at {Piece}",
                    "HEAD /v1/uploads/u1", $"PATCH /v1/uploads/u1 at {Piece}", $"PATCH /v1/uploads/u1 at {2 * Piece}", "POST /v1/analyses?upload=u1"],
                gateway.Asked.Where(asked => !asked.Contains("/health", StringComparison.Ordinal)));
            Assert.Equal(Bytes, gateway.Arrived.Count);
            Assert.False(File.Exists(note.FullName));
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Analyze_Json_IsTheRawAnswerAndNothingElse()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done));

        var (status, output, _) = await RunAsync("analyze", _clip, "--json", "--gateway", gateway.Address.ToString());

        Assert.Equal(0, status);
        Assert.Equal(Done, output.TrimEnd('\n'));
    }

    [Fact]
    public async Task Analyze_RefusedClip_Is2AndSaysWhy()
    {
        using var gateway = new LoopbackGateway((_, path) => path.StartsWith("/health", StringComparison.Ordinal)
            ? new Answer(200, "{}")
            : new Answer(422, """{ "detail": "Neither sound nor picture.", "reason": "nothing-to-analyse" }""", "application/problem+json"));

        var (status, output, error) = await RunAsync("analyze", _clip, "--gateway", gateway.Address.ToString());

        Assert.Equal(2, status);
        Assert.Contains("Neither sound nor picture.", error);
        Assert.Empty(output);
    }

    [Fact]
    public async Task Analyze_NoSuchFile_Is2()
    {
        var (status, _, error) = await RunAsync("analyze", "/nowhere/clip.mp4", "--gateway", "http://127.0.0.1:1");

        Assert.Equal(2, status);
        Assert.Contains("There is no file", error);
    }

    [Fact]
    public async Task Analyze_NoGatewayInTime_Is1()
    {
        var (status, _, error) = await RunAsync("analyze", _clip, "--gateway", "http://127.0.0.1:1", "--ready-seconds", "1");

        Assert.Equal(1, status);
        Assert.Contains("was not ready", error);
    }

    [Theory]
    [InlineData("analyze")]
    [InlineData("analyze", "a", "b")]
    [InlineData("dance")]
    [InlineData("analyze", "a", "--ready-seconds", "soon")]
    [InlineData("analyze", "a", "--gateway", "nonsense")]
    public async Task BadUsage_Is2(params string[] arguments)
    {
        var (status, _, error) = await RunAsync(arguments);

        Assert.Equal(2, status);
        Assert.Contains("--help", error);
    }

    [Fact]
    public async Task Seed_WithoutARegistry_SaysWhatToSet()
    {
        var (status, _, error) = await RunAsync("models", "seed", "--from", Path.GetTempPath());

        Assert.Equal(2, status);
        Assert.Contains("ConnectionStrings:models", error);
    }

    private static Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments) => CommandLine.RunAsync([], arguments);
}
