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

        var failed = await Assert.ThrowsAsync<HttpRequestException>(() => new EmotionClient(http).AnalyzeAsync(new MemoryStream([1]), null, Cancelled));

        Assert.Equal("The queue is full.", failed.Message);
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

    private sealed class Reports(List<long> reports) : IProgress<long>
    {
        public void Report(long value) => reports.Add(value);
    }
}
