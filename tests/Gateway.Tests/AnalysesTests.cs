using System.Net;
using System.Text.Json.Nodes;

namespace Emotion.Gateway.Tests;

public sealed class AnalysesTests(TestClips clips)
{
    [Fact]
    public async Task Post_SoundAndPicture_AnswersFromBothAndTheirFusion()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.Talk(3)).AnswerAsync();

        Assert.Equal("done", answer.Text("status"));
        Assert.Equal("mp4", answer.Text("clip", "container"));
        Assert.InRange(answer["clip"]!["seconds"]!.GetValue<double>(), 2.9, 3.2);
        Assert.True(answer["clip"]!["hasAudio"]!.GetValue<bool>());
        Assert.True(answer["clip"]!["hasVideo"]!.GetValue<bool>());
        Assert.Equal("angry", answer.Text("modalities", "audio", "prediction"));
        Assert.Equal("happy", answer.Text("modalities", "video", "prediction"));
        Assert.Equal("absent", answer.Text("modalities", "text", "status"));
        Assert.Equal("uncertain", answer.Text("fused", "status"));
        Assert.Equal(1, answer["fused"]!["face"]!.GetValue<int>());
        Assert.Equal(1.0, answer["fused"]!["posterior"]!.AsObject().Sum(label => label.Value!.GetValue<double>()), 4);
        Assert.Equal(FakeAnswers.AllLabels, answer["fused"]!["posterior"]!.AsObject().Select(label => label.Key));
        Assert.Single(answer["windows"]!.AsArray());
        Assert.Equal(FakeAnswers.Release, answer.Text("models", "release"));
        Assert.Equal("20261122-1200-fusion", answer.Text("models", "fusion"));
        Assert.Equal(32, answer.Text("traceId").Length);
        Assert.Null(answer["transcript"]);
        Assert.Subset(
            answer["timings"]!.AsObject().Select(stage => stage.Key).ToHashSet(),
            new HashSet<string> { "upload", "queued", "probe", "split", "audio", "video", "sequence", "fusion", "total" });
        var heard = Assert.Single(system.Audio.Heard).Value;
        Assert.InRange(heard, 2.9 * 32_000, 3.2 * 32_000);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_TenSeconds_WindowsCoverTheClipWithoutGaps()
    {
        await using var system = await FakeSystem.StartAsync(("Media:SegmentSeconds", "2"));

        var answer = await system.Http.PostFormAsync(clips.Talk(10)).AnswerAsync();

        var windows = answer["windows"]!.AsArray().Select(window => (Start: window!["start"]!.GetValue<double>(), End: window["end"]!.GetValue<double>())).ToList();
        Assert.Equal(3, windows.Count);
        Assert.Equal(0, windows[0].Start);
        Assert.Equal(windows[0].End, windows[1].Start);
        Assert.Equal(windows[1].End, windows[2].Start);
        Assert.InRange(windows[2].End, 9.9, 10.2);
        var asked = system.Video.SelectMany(replica => replica.Asked).OrderBy(segment => segment.SegmentIndex).ToList();
        Assert.Equal(Enumerable.Range(0, asked.Count), asked.Select(segment => (int)segment.SegmentIndex));
        Assert.True(asked.Count >= 4, $"{asked.Count} segments");
        Assert.All(system.Video, replica => Assert.NotEmpty(replica.Asked));
    }

    [Fact]
    public async Task Post_WithoutWait_AnswerIsAtItsLocation()
    {
        await using var system = await FakeSystem.StartAsync();
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);

        using var accepted = await system.Http.PostFormAsync(clips.Talk(), query: "");

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var pending = await accepted.JsonAsync();
        Assert.Contains(pending.Text("status"), new[] { "queued", "running" });
        Assert.Null(pending["fused"]);
        hold.SetResult();
        var answer = await system.Http.AskAsync(accepted.Headers.Location + "?wait=true").AnswerAsync();
        Assert.Equal("done", answer.Text("status"));
        Assert.Equal(pending.Text("id"), answer.Text("id"));
        Assert.EndsWith("/v1/analyses/" + answer.Text("id"), accepted.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Post_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "3"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => system.Http
            .PostRawAsync(i % 2 == 0 ? clips.SoundOnly() : clips.PictureOnly()).AnswerAsync()));

        Assert.Equal(6, answers.Select(answer => answer.Text("id")).Distinct().Count());
        Assert.All(answers.Index(), pair => Assert.Equal(pair.Index % 2 == 0, pair.Item["clip"]!["hasAudio"]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Post_WaitTooLong_IsAcceptedAfterAll()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:MaximumWait", "00:00:01"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);

        using var accepted = await system.Http.PostRawAsync(clips.Talk());

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        hold.SetResult();
        var status = "running";
        while (status != "done")
        {
            status = (await system.Http.AskAsync(accepted.Headers.Location + "?wait=true").AnswerAsync()).Text("status");
        }
    }

    [Theory]
    [InlineData("sound.wav")]
    [InlineData("sound.mp3")]
    [InlineData("sound.ogg")]
    [InlineData("sound.flac")]
    public async Task Post_SoundAlone_VideoIsAbsent(string name)
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.SoundOnly(name)).AnswerAsync();

        Assert.Equal("absent", answer.Text("modalities", "video", "status"));
        Assert.Equal("used", answer.Text("modalities", "audio", "status"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
        Assert.Null(answer["models"]!["video"]);
        Assert.Null(answer["fused"]!["face"]);
        Assert.Empty(answer["faces"]!.AsArray());
    }

    [Fact]
    public async Task Post_SoundLongerThanTheProbeGuessed_HearsWhatTheWindowsCover()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.LengthGuessedTooShort()).AnswerAsync();

        var seconds = answer["clip"]!["seconds"]!.GetValue<double>();
        Assert.InRange(seconds, 1, 11.5);
        Assert.Equal(2 * Math.Round(seconds * 16_000), Assert.Single(system.Audio.Heard).Value, 40.0);
        Assert.Equal("used", answer.Text("modalities", "audio", "status"));
    }

    [Fact]
    public async Task Post_SubtitlesBeside_AreNoReasonToRefuse()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.WithSubtitles()).AnswerAsync();

        Assert.Equal("used", answer.Text("modalities", "audio", "status"));
        Assert.Equal("used", answer.Text("modalities", "video", "status"));
    }

    [Fact]
    public async Task Post_PictureAlone_AudioIsAbsent()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.PictureOnly()).AnswerAsync();

        Assert.Equal("absent", answer.Text("modalities", "audio", "status"));
        Assert.Equal("happy", answer.Text("fused", "prediction"));
        Assert.Equal("certain", answer.Text("fused", "status"));
    }

    [Fact]
    public async Task Post_NobodySpeaksAndNoFace_AnswersNoneAndSaysWhy()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Audio.Silence = true;
        foreach (var replica in system.Video)
        {
            replica.Faces = 0;
        }

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("none", answer.Text("fused", "status"));
        Assert.StartsWith("no-modality: ", answer.Text("fused", "reason"));
        Assert.Null(answer["fused"]!["posterior"]);
        Assert.Equal("abstained", answer.Text("modalities", "audio", "status"));
        Assert.StartsWith("no-speech: ", answer.Text("modalities", "audio", "reason"));
        Assert.StartsWith("no-face: ", answer.Text("modalities", "video", "reason"));
        Assert.Equal("none", answer["windows"]!.AsArray().Single()!.Text("fused", "status"));
    }

    [Fact]
    public async Task Post_SoundWithoutFace_AnswersFromTheSound()
    {
        await using var system = await FakeSystem.StartAsync();
        foreach (var replica in system.Video)
        {
            replica.Faces = 0;
        }

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("abstained", answer.Text("modalities", "video", "status"));
        Assert.Equal("angry", answer.Text("fused", "prediction"));
    }

    [Fact]
    public async Task Post_TwoFaces_TheOneThatSpeaksIsNamedAndFused()
    {
        await using var system = await FakeSystem.StartAsync();
        foreach (var replica in system.Video)
        {
            replica.Faces = 2;
        }

        var answer = await system.Http.PostRawAsync(clips.Talk(6)).AnswerAsync();

        int[] Ids(JsonNode? faces) => [.. faces!.AsArray().Select(face => face!["id"]!.GetValue<int>())];
        Assert.Equal(2, answer["fused"]!["face"]!.GetValue<int>());
        Assert.Equal("sad", answer.Text("modalities", "video", "prediction"));
        Assert.Equal([1, 2], Ids(answer["faces"]));
        Assert.Equal(2, answer["windows"]!.AsArray().Count);
        Assert.All(answer["windows"]!.AsArray(), window =>
        {
            Assert.Equal(2, window!["fused"]!["face"]!.GetValue<int>());
            Assert.Equal("sad", window.Text("video", "prediction"));
            Assert.Equal([1, 2], Ids(window["faces"]));
            Assert.Equal(["happy", "sad"], window["faces"]!.AsArray().Select(face => face!.Text("prediction")));
        });
        Assert.All(Assert.Single(system.Fusion.Asked).Windows, window =>
        {
            var seen = Assert.Single(window.Evidence, evidence => evidence.Modality == "video");
            Assert.Equal(FakeVideo.PosteriorOf(2), seen.Posterior);
            Assert.Equal(FakeVideo.MapOf(2), seen.FeatureMap);
        });
    }

    [Fact]
    public async Task Post_NamedRelease_EveryServiceIsAskedForIt()
    {
        await using var system = await FakeSystem.StartAsync();
        system.Releases = [FakeAnswers.Release, "20261121-0900"];
        await FakeSystem.WaitUntilAsync(() => system.Offered.Count == 2);

        var byField = await system.Http.PostFormAsync(clips.Talk(), "?wait=true", ("release", "20261121-0900")).AnswerAsync();
        var byQuery = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&release=20261121-0900").AnswerAsync();
        var byDefault = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Assert.Equal("20261121-0900", byField.Text("models", "release"));
        Assert.Equal("20261121-0900", byQuery.Text("models", "release"));
        Assert.Equal(FakeAnswers.Release, byDefault.Text("models", "release"));
        Assert.Equal(["20261121-0900", "20261121-0900", FakeAnswers.Release], system.Fusion.Asked.Select(request => request.Release));
    }

    [Fact]
    public async Task Post_TraceOfTheCaller_GoesOn()
    {
        await using var system = await FakeSystem.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses?wait=true") { Content = new StreamContent(File.OpenRead(clips.Talk())) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        // What watches the gateway's own calls is in this process and would write a trace of its own over the caller's.
        using var caller = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = system.Http.BaseAddress };

        var answer = await caller.SendAsync(request, TestContext.Current.CancellationToken).AnswerAsync();

        Assert.Equal("0af7651916cd43dd8448eb211c80319c", answer.Text("traceId"));
    }

    [Fact]
    public async Task OpenApi_DescribesExactlyWhatIsAnswered()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();
        var document = await (await system.Http.AskAsync("/openapi/v1.json")).JsonAsync();

        var schemas = document["components"]!["schemas"]!.AsObject();
        Compare(schemas, schemas["Analysis"]!, answer, "Analysis");
        Assert.All(schemas["Analysis"]!["properties"]!.AsObject(), property => Assert.NotEmpty(Resolve(schemas, property.Value!).Description));
        Assert.All(document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()), operation =>
        {
            Assert.NotEmpty(operation.Value!.Text("summary"));
            Assert.All(operation.Value!["parameters"]?.AsArray() ?? [], parameter => Assert.NotEmpty(parameter!.Text("description")));
        });
        Assert.NotNull(schemas["ProblemDetails"]!["properties"]!["reason"]);
        Assert.Equal("200 202 400 401 403 404 408 409 413 415 422 423 429 500 503 504", Statuses(document["paths"]!["/v1/analyses"]!["post"]!));
        Assert.Equal("200 400 401 403 404 410 413 415 422 429 500 503 504", Statuses(document["paths"]!["/v1/analyses/{id}"]!["get"]!));
        Assert.Equal("200 400 401 403 429 500", Statuses(document["paths"]!["/v1/analyses"]!["get"]!));
        Assert.Equal(
            ["queued", "running", "done", "failed"],
            document["paths"]!["/v1/analyses"]!["get"]!["parameters"]!.AsArray().Single(parameter => parameter!.Text("name") == "status")!
                ["schema"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        Assert.Equal("204 401 403 404 429 500", Statuses(document["paths"]!["/v1/analyses/{id}"]!["delete"]!));
        Assert.Equal("204 401 403 404 409 429 500 503", Statuses(document["paths"]!["/v1/analyses/{id}/cancel"]!["post"]!));
        Assert.Equal("202 401 403 404 409 429 500", Statuses(document["paths"]!["/v1/analyses/{id}/retry"]!["post"]!));
        Assert.Equal("200 401 403 404 429 500 503", Statuses(document["paths"]!["/v1/analyses/{id}/events"]!["get"]!));
        Assert.NotNull(document["paths"]!["/v1/analyses/{id}/events"]!["get"]!["responses"]!["200"]!["content"]!["text/event-stream"]!["schema"]);
        Compare(schemas, schemas["AnalysisList"]!, await (await system.Http.AskAsync("/v1/analyses")).JsonAsync(), "AnalysisList");
        Assert.NotNull(document["paths"]!["/v1/analyses"]!["post"]!["requestBody"]!["content"]!["multipart/form-data"]);
    }

    private static string Statuses(JsonNode operation) => string.Join(' ', operation["responses"]!.AsObject().Select(answer => answer.Key).Order());

    private static void Compare(JsonObject schemas, JsonNode schema, JsonNode? value, string where)
    {
        schema = Resolve(schemas, schema).Schema;
        switch (value)
        {
            case JsonArray { Count: > 0 } items when schema["items"] is { } item:
                Compare(schemas, item, items[0], where + "[]");
                break;
            case JsonObject properties when schema["properties"] is JsonObject described:
                Assert.Equal(described.Select(property => where + "." + property.Key).Order(), properties.Select(property => where + "." + property.Key).Order());
                foreach (var (name, inner) in properties)
                {
                    Compare(schemas, described[name]!, inner, $"{where}.{name}");
                }

                break;
            case JsonObject properties:
                Assert.True(schema["additionalProperties"] is not null || properties.Count == 0, $"{where} is not described.");
                break;
        }
    }

    private static (JsonNode Schema, string Description) Resolve(JsonObject schemas, JsonNode schema)
    {
        var described = schema["description"]?.GetValue<string>() ?? "";
        var target = schema["oneOf"]?.AsArray().FirstOrDefault(option => option!["$ref"] is not null) ?? schema;
        if (target["$ref"] is not { } reference)
        {
            return (schema, described);
        }

        var resolved = schemas[reference.GetValue<string>().Split('/')[^1]]!;
        return (resolved, described.Length > 0 ? described : target["description"]?.GetValue<string>() ?? resolved["description"]?.GetValue<string>() ?? "");
    }
}
