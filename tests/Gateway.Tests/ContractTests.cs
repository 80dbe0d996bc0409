using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Tests;

/// <summary>The names that callers hold on to, letter by letter. Some may come to them; none of them may change or go.</summary>
public sealed class ContractTests(TestClips clips)
{
    private const string Fused = "status reason prediction posterior modalitiesDisagree face fallback decidedBy";
    private const string Modality = "status reason prediction posterior coveredLabels contribution source";
    private const string Labels = "neutral calm happy sad angry fearful disgust surprised";

    [Fact]
    public async Task Answer_Names_AreThoseThatWerePromised()
    {
        await using var system = await FakeSystem.StartAsync();

        var answer = await system.Http.PostRawAsync(clips.Talk()).AnswerAsync();

        Names("id status clip fused modalities windows faces transcript models overlay timings traceId notice", answer);
        Names("seconds container hasAudio hasVideo", answer["clip"]);
        Names(Fused, answer["fused"]);
        Names(Labels, answer["fused"]!["posterior"]);
        Names("audio video text", answer["modalities"]);
        Assert.All(answer["modalities"]!.AsObject(), modality => Names(Modality, modality.Value));
        Names(Labels, answer["modalities"]!["audio"]!["posterior"]);
        var window = answer["windows"]![0]!;
        Names("start end fused audio video text contribution faces", window);
        Names("windows contribution predictionWithout", answer["fused"]!["decidedBy"]);
        Names(Fused, window["fused"]);
        Names(Modality, window["audio"]);
        Names(Modality, window["video"]);
        Names(Modality, window["text"]);
        Names("id prediction posterior heat", window["faces"]![0]);
        Names("time change", window["faces"]![0]!["heat"]![0]);
        Names("id start end boxes posterior", answer["faces"]![0]);
        var list = await system.Http.AskAsync("/v1/analyses").AnswerAsync();
        Names("items next", list);
        Names("id status acceptedAt release reason seconds prediction certainty", list["items"]![0]);
        Names("time left top width height", answer["faces"]![0]!["boxes"]![0]);
        Names("release audio video text fusion canary licences", answer["models"]);
        Names("upload queued probe split audio video sequence fusion total", answer["timings"]);
    }

    [Fact]
    public void Words_OfStatusesAndTranscript_AreThoseThatWerePromised()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        AnalysisJson.Configure(options);
        string[] Words<T>() where T : struct, Enum =>
            [.. Enum.GetValues<T>().Select(value => JsonSerializer.SerializeToNode(value, options)!.GetValue<string>())];

        Assert.Equal(["queued", "running", "done"], Words<AnalysisStatus>());
        Assert.Equal(["queued", "running", "done", "failed"], Words<AnalysisState>());
        Assert.Equal(["running", "ended"], Words<StageState>());
        Assert.Equal(["certain", "uncertain", "none"], Words<FusedStatus>());
        Assert.Equal(["used", "absent", "abstained", "failed"], Words<ModalityStatus>());
        var transcript = JsonSerializer.SerializeToNode(new Transcript("caller", "en", [new TranscriptSegment(0, 1, "word")]), options);
        Names("source language segments", transcript);
        Names("start end text", transcript!["segments"]![0]);
        var progress = JsonSerializer.SerializeToNode(
            new ProgressReport { Id = "a", Status = AnalysisStatus.Running, Stages = [new() { Stage = "video", State = StageState.Running, Done = 1, Total = 4 }] }, options);
        Names("id status stages", progress);
        Names("stage state milliseconds done total unit fraction", progress!["stages"]![0]);
        Assert.Equal(0.25, progress["stages"]![0]!["fraction"]!.GetValue<double>());
    }

    [Fact]
    public async Task Problem_Names_AreThoseThatWerePromised()
    {
        await using var system = await FakeSystem.StartAsync();

        using var response = await system.Http.PostRawAsync(clips.SubtitlesOnly());

        Names("type title status detail reason traceId id", await response.JsonAsync());
    }

    private static void Names(string promised, JsonNode? node) =>
        Assert.Empty(promised.Split(' ').Except(node!.AsObject().Select(property => property.Key), StringComparer.Ordinal));
}
