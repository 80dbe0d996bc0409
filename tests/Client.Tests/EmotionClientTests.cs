namespace Emotion.Client.Tests;

public sealed class EmotionClientTests
{
    private const string Done = """
        { "id": "a1", "status": "done",
          "clip": { "seconds": 4.1, "container": "mp4", "hasAudio": true, "hasVideo": true },
          "fused": { "status": "certain", "reason": null, "prediction": "happy", "posterior": { "neutral": 0.1, "happy": 0.9 }, "face": 1 },
          "modalities": { "audio": { "status": "used", "prediction": "happy", "posterior": { "happy": 0.8 }, "coveredLabels": ["happy"], "contribution": 0.2 },
                          "video": { "status": "abstained", "reason": "no-face: none" }, "text": { "status": "absent" } },
          "windows": [], "faces": [], "transcript": null, "models": { "release": "r1", "audio": "v", "video": null, "text": null, "fusion": "f" },
          "timings": { "total": 12.5 }, "traceId": "t", "notice": "n", "comesLater": { "any": 1 } }
        """;

    private static readonly EmotionClientOptions Twice = new() { MaximumRetries = 2, FirstPause = TimeSpan.FromMilliseconds(1) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Analyze_AnswerAtOnce_IsReadWhole()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var answer = await new EmotionClient(http).AnalyzeAsync(new MemoryStream([1, 2, 3]), null, Cancelled);

        Assert.Equal("happy", answer.Analysis.Fused!.Prediction);
        Assert.Equal(0.9, answer.Analysis.Fused.Posterior!["happy"]);
        Assert.Equal(ModalityStatus.Abstained, answer.Analysis.Modalities["video"].Status);
        Assert.Equal(Done, answer.Raw);
        Assert.Equal([1, 2, 3], Assert.Single(gateway.Uploads));
    }

    [Fact]
    public async Task Key_IsShownWithEveryRequest()
    {
        using var gateway = new LoopbackGateway((request, _) => request == 0
            ? new Answer(202, """{ "id": "a1", "status": "queued" }""", Location: "/v1/analyses/a1")
            : new Answer(200, Done));
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = "emo_1" });

        await client.AnalyzeAsync(new MemoryStream([1]), null, Cancelled);
        await client.DeleteAsync("a1", Cancelled);
        await client.CancelBatchAsync("b", Cancelled);
        await client.DeleteBatchAsync("b", Cancelled);
        await client.RevokeKeyAsync("k", Cancelled);

        Assert.Equal(Enumerable.Repeat("Bearer emo_1", 6), gateway.Authorizations);
        Assert.Equal("/v1/keys/k", gateway.Asked[^1]);
    }

    [Fact]
    public async Task Deliveries_AreListedAndSentAgain()
    {
        const string One = """{"id":"msg_1","status":"dead","to":"https://example.com","attempts":8,"createdAt":"2026-11-29T10:00:00+00:00","nextTryAt":null,"deliveredAt":null,"lastStatus":500,"lastError":"refused"}""";
        using var gateway = new LoopbackGateway((request, _) => request == 0 ? new Answer(200, $$"""{"items":[{{One}}]}""") : new Answer(202, One));
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var client = new EmotionClient(http);

        var delivery = Assert.Single(await client.ListDeliveriesAsync("a1", Cancelled));
        await client.RedeliverAsync("a1", delivery.Id, Cancelled);

        Assert.Equal(("msg_1", DeliveryState.Dead, 8, 500, "refused"), (delivery.Id, delivery.Status, delivery.Attempts, delivery.LastStatus, delivery.LastError));
        Assert.Equal(["/v1/analyses/a1/deliveries", "/v1/analyses/a1/deliveries/msg_1/redeliver"], gateway.Asked);
    }

    [Fact]
    public async Task Busy_ForHours_IsNotTriedAgain()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(429, """{"detail":"No more today.","reason":"quota-exceeded"}""", "application/problem+json", RetryAfter: "7200"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http).SubmitAsync(new MemoryStream([1]), null, Cancelled));

        Assert.Equal("No more today.", failed.Message);
        Assert.Single(gateway.Asked);
    }

    [Fact]
    public async Task Analyze_AcceptedForLater_IsAskedForUntilDone()
    {
        using var gateway = new LoopbackGateway((request, _) => request switch
        {
            0 => new Answer(202, """{ "id": "a1", "status": "queued" }""", Location: "/v1/analyses/a1"),
            1 => new Answer(200, """{ "id": "a1", "status": "running" }"""),
            _ => new Answer(200, Done),
        });
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var answer = await new EmotionClient(http).AnalyzeAsync(new MemoryStream([1]), null, Cancelled);

        Assert.Equal(AnalysisStatus.Done, answer.Analysis.Status);
    }

    [Fact]
    public async Task Batch_OfFilesOrAZip_IsSentAgainUnderItsKeyAndReadPageByPage()
    {
        const string Accepted = """{ "id": "b1", "status": "running", "acceptedAt": "2026-11-29T19:00:00+00:00", "counts": { "total": 2, "queued": 2, "running": 0, "done": 0, "failed": 0 } }""";
        using var gateway = new LoopbackGateway((request, path) => request switch
        {
            0 => new Answer(503, "{}", "application/problem+json"),
            1 or 2 => new Answer(202, Accepted),
            _ => new Answer(200, $$"""
                { "batch": {{Accepted}}, "next": {{(path.Contains("after=7", StringComparison.Ordinal) ? "null" : "\"7\"")}},
                  "items": [ { "position": 0, "name": "a.wav", "id": "a1", "status": "failed", "reason": "damaged", "detail": "It is." } ] }
                """),
        });
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var client = new EmotionClient(http, Twice);

        var batch = await client.SubmitBatchAsync([new BatchFile("a.wav", () => new MemoryStream([1, 2])), new BatchFile("b.wav", () => new MemoryStream([3]))], Cancelled);
        var zip = await client.SubmitZipAsync(new MemoryStream([80, 75]), null, Cancelled, new SubmitOptions { Modalities = ["audio"], Windows = false });

        Assert.Equal(("b1", 2, "b1"), (batch.Id, batch.Counts.Total, zip.Id));
        Assert.Single(gateway.Keys[..2].Distinct());
        Assert.Contains("filename=b.wav", System.Text.Encoding.UTF8.GetString(gateway.Uploads[1]), StringComparison.Ordinal);
        Assert.Equal([80, 75], gateway.Uploads[2]);
        Assert.Equal("/v1/batches?modalities=audio&windows=false", gateway.Asked[2]);
        var items = new List<BatchItem>();
        await foreach (var item in client.ListBatchAsync("b1", Cancelled))
        {
            items.Add(item);
        }

        Assert.Equal(["a1", "a1"], items.Select(item => item.Id));
        Assert.Equal((AnalysisState.Failed, "damaged", BatchStatus.Running), (items[0].Status, items[0].Reason, (await client.GetBatchAsync("b1", Cancelled)).Status));
    }

    [Fact]
    public async Task Analyze_Upload_ReportsEveryByte()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, Done));
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var reports = new List<long>();

        await new EmotionClient(http).AnalyzeAsync(new MemoryStream(new byte[200_000]), new Reports(reports), Cancelled);

        Assert.Equal(200_000, reports[^1]);
        Assert.Equal(reports.Order(), reports);
        Assert.Equal(200_000, Assert.Single(gateway.Uploads).Length);
    }

    [Fact]
    public async Task Analyze_Refused_SaysWhy()
    {
        const string problem = """{ "title": "Unsupported", "status": 415, "detail": "The file is no clip.", "reason": "unsupported-container" }""";
        using var gateway = new LoopbackGateway((_, _) => new Answer(415, problem, "application/problem+json"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var refused = await Assert.ThrowsAsync<AnalysisRefusedException>(() => new EmotionClient(http).AnalyzeAsync(new MemoryStream([1]), null, Cancelled));

        Assert.Equal((415, "unsupported-container", "The file is no clip."), (refused.Status, refused.Reason, refused.Message));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Analyze_Overloaded_IsAFailureOfTheSystem_NotOfTheClip(int status)
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(status, """{ "detail": "The queue is full." }""", "application/problem+json"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http, Twice).AnalyzeAsync(new MemoryStream([1]), null, Cancelled));

        Assert.Equal("The queue is full.", failed.Message);
        Assert.Equal(3, gateway.Uploads.Count);
    }

    [Fact]
    public async Task Analyze_AnswerOfSomethingElse_SaysSo()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, "<html>"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http).AnalyzeAsync(new MemoryStream([1]), null, Cancelled));

        Assert.Contains("cannot be read", failed.Message);
    }

    [Fact]
    public async Task IsReady_NobodyListens_IsFalse()
    {
        using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:1/") };

        Assert.False(await new EmotionClient(http).IsReadyAsync(Cancelled));
    }

    [Fact]
    public async Task Submit_GatewayFullAtFirst_SendsTheWholeClipAgainUnderTheSameKey()
    {
        using var gateway = new LoopbackGateway((request, _) => request == 0
            ? new Answer(503, """{ "detail": "The queue is full." }""", "application/problem+json") : new Answer(202, """{ "id": "a1", "status": "queued" }"""));
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var clip = new MemoryStream([9, 1, 2, 3]) { Position = 1 };

        var accepted = await new EmotionClient(http, Twice).SubmitAsync(clip, null, Cancelled, new SubmitOptions { Release = "r 1", Language = "en" });

        Assert.Equal(("a1", AnalysisStatus.Queued), (accepted.Analysis.Id, accepted.Analysis.Status));
        Assert.Equal([[1, 2, 3], [1, 2, 3]], gateway.Uploads);
        Assert.Equal(["/v1/analyses?release=r%201&language=en", "/v1/analyses?release=r%201&language=en"], gateway.Asked);
        Assert.Single(gateway.Keys.Distinct());
        Assert.NotEmpty(gateway.Keys[0]);
    }

    [Fact]
    public async Task Submit_OfWhatCannotBeReadTwice_IsSentOnce()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(503, """{ "detail": "The queue is full." }""", "application/problem+json"));
        using var http = new HttpClient { BaseAddress = gateway.Address };
        await using var clip = new OneWay([1, 2]);

        await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http, Twice).SubmitAsync(clip, null, Cancelled));

        Assert.Single(gateway.Uploads);
    }

    [Fact]
    public async Task Follow_ConnectionThatBreaksOff_GoesOnUntilTheResult()
    {
        const string Running = "event: progress\ndata: {\"id\":\"a1\",\"status\":\"running\",\"stages\":[{\"stage\":\"video\",\"state\":\"running\",\"done\":4,\"total\":8,\"unit\":\"seconds\",\"fraction\":0.5}]}\n\n";
        var result = $"event: result\ndata: {Done.ReplaceLineEndings(" ")}\n\n";
        using var gateway = new LoopbackGateway((request, _) => new Answer(200, request < 2 ? Running + ": still here\n\n" : Running + result, "text/event-stream"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var events = await new EmotionClient(http, Twice).FollowAsync("a1", Cancelled).ToListAsync(Cancelled);

        Assert.Equal([true, true, true, false], events.Select(one => one.Result is null));
        Assert.Equal(("video", 0.5), (events[0].Progress!.Stages[0].Stage, events[0].Progress!.Stages[0].Fraction));
        Assert.Equal("happy", events[^1].Result!.Analysis.Fused!.Prediction);
        Assert.All(gateway.Asked, path => Assert.Equal("/v1/analyses/a1/events", path));
    }

    [Fact]
    public async Task Follow_NothingButBrokenConnections_Fails()
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(200, "", "text/event-stream"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http, Twice).FollowAsync("a1", Cancelled).ToListAsync(Cancelled).AsTask());

        Assert.Equal(3, gateway.Asked.Count);
    }

    [Theory]
    [InlineData(422, typeof(AnalysisRefusedException))]
    [InlineData(503, typeof(HttpRequestException))]
    public async Task Follow_AnalysisWithoutAnAnswer_ThrowsWhatItsProblemSays(int status, Type expected)
    {
        using var gateway = new LoopbackGateway((_, _) => new Answer(
            200, $"event: problem\ndata: {{\"title\":\"t\",\"status\":{status},\"detail\":\"No.\",\"reason\":\"damaged\"}}\n\n", "text/event-stream"));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var thrown = await Record.ExceptionAsync(() => new EmotionClient(http, Twice).FollowAsync("a1", Cancelled).ToListAsync(Cancelled).AsTask());

        Assert.IsType(expected, thrown);
        Assert.Equal("No.", thrown.Message);
    }

    [Fact]
    public async Task List_SeveralPages_IsReadToItsEnd()
    {
        static string Page(string id, string next) =>
            $$"""{"items":[{"id":"{{id}}","status":"failed","acceptedAt":"2026-11-29T10:00:00+00:00","release":"r1","reason":"damaged"}],"next":{{next}}}""";
        using var gateway = new LoopbackGateway((request, _) => new Answer(200, request == 0 ? Page("b", "\"7\"") : Page("a", "null")));
        using var http = new HttpClient { BaseAddress = gateway.Address };

        var all = await new EmotionClient(http, Twice).ListAsync(AnalysisState.Failed, Cancelled).ToListAsync(Cancelled);

        Assert.Equal(["b", "a"], all.Select(one => one.Id));
        Assert.Equal(["/v1/analyses?limit=100&status=failed", "/v1/analyses?limit=100&status=failed&after=7"], gateway.Asked);
    }

    private sealed class OneWay(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }

    private sealed class Reports(List<long> reports) : IProgress<long>
    {
        public void Report(long value) => reports.Add(value);
    }
}
