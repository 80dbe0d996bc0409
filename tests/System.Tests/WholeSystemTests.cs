using System.Net;
using System.Text.Json;

namespace Emotion.SystemTests;

/// <summary>Everything that the main job needs, started as a user starts it.</summary>
public sealed class WholeSystemTests : IAsyncLifetime
{
    private static readonly string[] Labels = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];

    private RunningSystem _system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _system = await RunningSystem.StartAsync(Cancelled);

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task Clip_Analysed_IsAnswered_AsOneTraceOverEveryService_AndNothingIsLeftAfterTheStop()
    {
        using var gateway = _system.Gateway();
        var answer = await AnalyseAsync(gateway, await TestClip.MakeAsync(_system.Folder, 4, Cancelled), wait: true);

        var posterior = answer.GetProperty("fused").GetProperty("posterior");
        Assert.Equal(Labels, posterior.EnumerateObject().Select(probability => probability.Name));
        Assert.Equal(1, posterior.EnumerateObject().Sum(probability => probability.Value.GetDouble()), 1e-4);
        Assert.Equal("used", ModalityStatus(answer, "audio"));
        Assert.Equal("used", ModalityStatus(answer, "video"));
        Assert.Equal("used", ModalityStatus(answer, "text"));
        Assert.Equal("speech", answer.GetProperty("modalities").GetProperty("text").GetProperty("source").GetString());
        Assert.NotEmpty(answer.GetProperty("faces").EnumerateArray());

        var traceId = answer.GetProperty("traceId").GetString();
        // Each process sends its own, in parts: what belongs together is there once nothing hangs in the air.
        var spans = await _system.Receiver.WaitAsync(
            spans => ServicesOf(spans, traceId).IsSupersetOf(["gateway", "audio", "text-1", "fusion"]) && ServicesOf(spans, traceId).Any(IsVideo) && IsJoined(spans, traceId), Cancelled);
        var ours = spans.Where(span => span.TraceId == traceId).ToArray();
        Assert.Contains(ours, span => span is { Service: "gateway", Source: "Emotion.Media" });
        Assert.Contains(ours, span => IsVideo(span.Service) && span.Source == "Emotion.Media");
        var known = ours.Select(span => span.SpanId).ToHashSet();
        Assert.All(ours.Where(span => span.Service != "gateway"), span => Assert.Contains(span.ParentId, known));

        var processes = _system.ProcessIds();
        Assert.Equal(0, await _system.StopAsync(Cancelled));
        Assert.All(processes, process => Assert.False(RunningSystem.IsAlive(process), $"process {process} is left"));
    }

    [Fact]
    public async Task VideoReplica_KilledInMidRun_ChangesNothingForTheCaller_AndComesBack()
    {
        using var gateway = _system.Gateway();
        // Six segments, four at a time over two replicas: when the first is done, the one that is killed has another in hand.
        const int segments = 6;
        var clip = await TestClip.MakeAsync(_system.Folder, segments * 10, Cancelled);
        var accepted = await AnalyseAsync(gateway, clip, wait: false);
        var address = $"/v1/analyses/{accepted.GetProperty("id").GetString()}";
        await _system.Receiver.WaitAsync(spans => spans.Any(span => span.Name == "video.segment"), Cancelled);
        Assert.NotEqual("done", (await GetAsync(gateway, address)).GetProperty("status").GetString());

        RunningSystem.Signal(_system.ProcessId("video-1"), "KILL");

        var answer = await GetAsync(gateway, $"{address}?wait=true");
        Assert.Equal("done", answer.GetProperty("status").GetString());
        Assert.Equal("used", ModalityStatus(answer, "video"));
        await _system.Receiver.WaitAsync(
            spans => spans.Count(span => span.Source == "Grpc.Net.Client" && span.Name.EndsWith("/AnalyzeSegment", StringComparison.Ordinal)) > segments, Cancelled);
        await _system.WaitAsync(_ => _system.Resource("video-1") is var replica
            && RunningSystem.StateOf(replica) == "Running" && replica.GetProperty("restarts").GetInt32() == 1, Cancelled);
    }

    private static bool IsVideo(string service) => service.StartsWith("video-", StringComparison.Ordinal);

    /// <summary>Both that decode have told of it, and the parent of each span outside of the gateway has come, too.</summary>
    private static bool IsJoined(IEnumerable<ReceivedSpan> spans, string? traceId)
    {
        var ours = spans.Where(span => span.TraceId == traceId).ToArray();
        var known = ours.Select(span => span.SpanId).ToHashSet();
        return ours.Any(span => span is { Service: "gateway", Source: "Emotion.Media" })
            && ours.Any(span => IsVideo(span.Service) && span.Source == "Emotion.Media")
            && ours.Where(span => span.Service != "gateway").All(span => known.Contains(span.ParentId));
    }

    private static HashSet<string> ServicesOf(IEnumerable<ReceivedSpan> spans, string? traceId) =>
        [.. spans.Where(span => span.TraceId == traceId).Select(span => span.Service)];

    private static string? ModalityStatus(JsonElement answer, string modality) =>
        answer.GetProperty("modalities").GetProperty(modality).GetProperty("status").GetString();

    private static async Task<JsonElement> AnalyseAsync(HttpClient gateway, string clip, bool wait)
    {
        using var form = new MultipartFormDataContent { { new StreamContent(File.OpenRead(clip)), "clip", Path.GetFileName(clip) } };
        using var response = await gateway.PostAsync(wait ? "/v1/analyses?wait=true" : "/v1/analyses", form, Cancelled);
        return await ReadAsync(response, wait ? HttpStatusCode.OK : HttpStatusCode.Accepted);
    }

    private static async Task<JsonElement> GetAsync(HttpClient gateway, string address)
    {
        using var response = await gateway.GetAsync(address, Cancelled);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var content = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {content}");
        using var document = JsonDocument.Parse(content);
        return document.RootElement.Clone();
    }
}
