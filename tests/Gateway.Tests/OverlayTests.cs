using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Emotion.Gateway.Clips;
using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Tests;

namespace Emotion.Gateway.Tests;

/// <summary>A clip with its answer drawn on it: there when it was asked for, for as long as the answer is, and gone with it.</summary>
public sealed class OverlayTests(TestClips clips, AzuriteFixture azurite)
{
    private const int Width = 320, Height = 240, Panel = 84;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Overlay_AskedFor_IsMadeServedInPartsKeptAndDeleted()
    {
        await using var system = await FakeSystem.StartAsync();
        var answer = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&overlay=true&windows=false&boxes=false").AnswerAsync();
        var address = $"/v1/analyses/{answer.Text("id")}/overlay.mp4";
        Assert.Equal(("made", null), (answer.Text("overlay", "status"), answer["overlay"]!["reason"]));
        Assert.NotNull(answer["timings"]!["overlay"]);
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();

        using var whole = await system.Http.AskAsync(address);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Cancelled);
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(4, 7) } };
        using var part = await system.Http.SendAsync(request, Cancelled);

        Assert.Equal((HttpStatusCode.OK, "video/mp4"), (whole.StatusCode, whole.Content.Headers.ContentType!.MediaType));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("ftyp", await part.Content.ReadAsStringAsync(Cancelled));
        var clip = clips.Write("overlay.mp4", bytes);
        Assert.Equal($"h264,{Width},{Height + Panel}|aac", await ProbeAsync(clip));
        var picture = await PictureAsync(clip);
        Assert.True(Differing(picture, Height, Height + Panel) > 500, "Nothing is written below the picture.");
        Assert.True(Unlike(picture, await PictureAsync(clips.Talk())) > 200, "No box is drawn on the picture.");
        using var deleted = await system.Http.DeleteAsync("/v1/analyses/" + answer.Text("id"), Cancelled);
        Assert.Empty(Overlays(system));
        Assert.Equal("unknown-analysis", (await system.Http.AskAsync(address).ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Overlay_ThatCannotBe_SaysWhyAndTheAnswerIsThere()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Overlay:MaximumBytes", "10000"));

        var none = await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true").AnswerAsync();
        var sound = await system.Http.PostFormAsync(clips.SoundOnly(), "?wait=true", ("overlay", "true")).AnswerAsync();
        var large = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&overlay=true").AnswerAsync();

        Assert.Null(none["overlay"]);
        Assert.StartsWith("no-picture: ", sound.Text("overlay", "reason"), StringComparison.Ordinal);
        Assert.StartsWith("too-many-bytes: ", large.Text("overlay", "reason"), StringComparison.Ordinal);
        Assert.Equal(("done", "failed"), (large.Text("status"), large.Text("overlay", "status")));
        Assert.Equal((404, "no-overlay"), await RefusedAsync(system, none.Text("id")));
        Assert.Equal((409, "overlay-failed"), await RefusedAsync(system, sound.Text("id")));
        Assert.Equal((404, "unknown-analysis"), await RefusedAsync(system, "0123"));
        Assert.Empty(Overlays(system));
    }

    [Fact]
    public async Task Overlay_ThatCannotBeKept_SaysSoAndTheAnswerIsThere()
    {
        await using var system = await FakeSystem.StartAsync();
        var folder = Path.Combine(system.DataFolder, "overlays");
        Directory.Delete(folder);
        await File.WriteAllTextAsync(folder, "No folder any more.", Cancelled);

        var answer = await system.Http.PostRawAsync(clips.Talk(), "?wait=true&overlay=true").AnswerAsync();

        Assert.StartsWith("not-stored: ", answer.Text("overlay", "reason"), StringComparison.Ordinal);
        Assert.Equal(("done", "failed"), (answer.Text("status"), answer.Text("overlay", "status")));
        Assert.Equal((409, "overlay-failed"), await RefusedAsync(system, answer.Text("id")));
        Assert.Contains(system.Log.Lines, line => line.Contains($"The clip of {answer.Text("id")} with its answer on it is not kept"));
    }

    [Fact]
    public async Task Overlay_OfWhatIsUnderWayOrFails_IsNotThere()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Jobs:SweepPeriod", "00:00:00.050"));
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        using var accepted = await system.Http.PostRawAsync(clips.Talk(), "?overlay=true");
        var id = (await accepted.JsonAsync()).Text("id");

        Assert.Equal((409, "not-ended"), await RefusedAsync(system, id));
        Directory.CreateDirectory(Path.Combine(system.DataFolder, "overlays"));
        await File.WriteAllTextAsync(Path.Combine(system.DataFolder, "overlays", id), "of an attempt", Cancelled);
        using var cancelled = await system.Http.PostAsync($"/v1/analyses/{id}/cancel", null, Cancelled);

        Assert.Equal((410, "cancelled"), await RefusedAsync(system, id));
        await FakeSystem.WaitUntilAsync(() => !Overlays(system).Any());
    }

    [Fact]
    public async Task BlobClipStore_WithAPrefix_SeesItsOwnAlone()
    {
        var container = BlobAccess.Open(azurite.CreateOptions(), transport: null);
        var (plain, prefixed) = (new BlobClipStore(container, ""), new BlobClipStore(container, "overlays/"));
        await plain.OpenAsync(Cancelled);
        foreach (var (store, content) in new[] { (plain, "clip"), (prefixed, "overlay") })
        {
            await using var incoming = store.Receive("a");
            await incoming.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), Cancelled);
            await incoming.CompleteAsync(Cancelled);
            incoming.Keep();
        }

        Assert.Equal(["a"], await plain.ListAsync(Cancelled).Select(clip => clip.Id).ToListAsync(Cancelled));
        Assert.Equal(["a"], await prefixed.ListAsync(Cancelled).Select(clip => clip.Id).ToListAsync(Cancelled));
        using (var reader = new StreamReader((await prefixed.OpenAsync("a", Cancelled))!))
        {
            Assert.Equal("overlay", await reader.ReadToEndAsync(Cancelled));
        }

        await prefixed.DeleteAsync("a", Cancelled);
        Assert.Null(await prefixed.OpenAsync("a", Cancelled));
        Assert.Equal(["a"], await plain.ListAsync(Cancelled).Select(clip => clip.Id).ToListAsync(Cancelled));
    }

    private static IEnumerable<string> Overlays(FakeSystem system) => Directory.EnumerateFiles(Path.Combine(system.DataFolder, "overlays"));

    private static async Task<(int Status, string Reason)> RefusedAsync(FakeSystem system, string id)
    {
        var (response, reason) = await system.Http.AskAsync($"/v1/analyses/{id}/overlay.mp4").ProblemAsync();
        return ((int)response.StatusCode, reason);
    }

    private static async Task<string> ProbeAsync(string clip) => System.Text.Encoding.ASCII.GetString(await RunAsync(
        "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "compact=p=0:nk=1:s=,", clip)).Trim().Replace("\n", "|", StringComparison.Ordinal);

    /// <summary>The one at 1 s, RGB.</summary>
    private static Task<byte[]> PictureAsync(string clip) => RunAsync("ffmpeg", "-v", "error", "-ss", "1", "-i", clip, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-");

    /// <summary>Pixels of these rows that are not as their first.</summary>
    private static int Differing(byte[] picture, int top, int bottom) => Enumerable.Range(top * Width, (bottom - top) * Width)
        .Count(pixel => Distance(picture, picture, pixel, top * Width) > 60);

    private static int Unlike(byte[] picture, byte[] other) => Enumerable.Range(0, Width * Height).Count(pixel => Distance(picture, other, pixel, pixel) > 120);

    private static int Distance(byte[] one, byte[] other, int pixel, int otherPixel) =>
        Enumerable.Range(0, 3).Sum(channel => Math.Abs(one[(3 * pixel) + channel] - other[(3 * otherPixel) + channel]));

    private static async Task<byte[]> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
