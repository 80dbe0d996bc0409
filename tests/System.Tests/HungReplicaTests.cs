using System.Net.Http.Json;
using System.Text.Json;

namespace Emotion.SystemTests;

/// <summary>A process that is there and does nothing, as the kernel holds it: its connections stand, and it says nothing on them.</summary>
public sealed class HungReplicaTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Segments have an hour, and connections are not looked at for an hour: what is waited for is that the gateway misses the replica's answers.</summary>
    [Fact]
    public async Task VideoReplica_HeldInMidRun_ItsSegmentsAreAnsweredByAnotherLongBeforeTheirDeadline()
    {
        await using var system = await RunningSystem.StartAsync(
            new() { ["Gateway__Calls__SegmentDeadline"] = "01:00:00", ["Grpc__Client__KeepAliveDelay"] = "01:00:00" }, Cancelled);
        using var gateway = system.Gateway(); // Waits for a quarter of an hour.
        const int segments = 6;
        using var form = new MultipartFormDataContent { { new StreamContent(File.OpenRead(await TestClip.MakeAsync(system.Folder, segments * 10, Cancelled))), "clip", "clip.mp4" } };
        using var accepted = await gateway.PostAsync("/v1/analyses", form, Cancelled);
        var id = (await accepted.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("id").GetString();
        await system.Receiver.WaitAsync(spans => spans.Any(span => span.Name == "video.segment"), Cancelled);

        var held = system.ProcessId("video-1");
        RunningSystem.Signal(held, "STOP");
        try
        {
            var answer = await gateway.GetFromJsonAsync<JsonElement>($"/v1/analyses/{id}?wait=true", Cancelled);

            Assert.Equal("done", answer.GetProperty("status").GetString());
            Assert.Equal("used", answer.GetProperty("modalities").GetProperty("video").GetProperty("status").GetString());
            Assert.Equal(held, system.ProcessId("video-1")); // It was not started anew.
        }
        finally
        {
            RunningSystem.Signal(held, "CONT"); // Else it could not stop by itself.
        }
    }
}
