using System.Net;
using System.Net.ServerSentEvents;
using Azure.Storage.Blobs;
using Emotion.ModelRegistry.Tests;

namespace Emotion.Gateway.Tests;

/// <summary>Two gateways on one PostgreSQL and one blob store, each with services of its own, so that it shows who does what.</summary>
public sealed class SeveralGatewaysTests(PostgreSql server, AzuriteFixture azurite, TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateway_StopsInMidAnalysis_AnotherOneBeginsItAnewAndEverybodyHears()
    {
        var (settings, media) = await SettingsAsync();
        await using var first = await FakeSystem.StartAsync(settings);
        first.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        using var accepted = await first.Http.PostRawAsync(clips.Talk(), query: "");
        var id = (await accepted.JsonAsync()).Text("id");
        await FakeSystem.WaitUntilAsync(() => first.Running.TryFind(id, out _));
        await using var second = await FakeSystem.StartAsync(settings);
        using var events = await second.Http.GetAsync($"/v1/analyses/{id}/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal("running", (await second.Http.AskAsync("/v1/analyses/" + id).AnswerAsync()).Text("status"));
        Assert.Single(await NamesAsync(media));

        await first.Gateway.StopAsync(Cancelled);

        var heard = new List<string>();
        await foreach (var one in SseParser.Create(await events.Content.ReadAsStreamAsync(Cancelled)).EnumerateAsync(Cancelled))
        {
            heard.Add(one.EventType);
        }

        Assert.Equal(("progress", "result"), (heard[0], heard[^1]));
        Assert.Equal("done", (await second.Http.AskAsync("/v1/analyses/" + id).AnswerAsync()).Text("status"));
        Assert.Equal(id, Assert.Single(second.Fusion.Asked).ClipId);
        Assert.Empty(first.Fusion.Asked);
        Assert.Empty(await NamesAsync(media));
    }

    [Fact]
    public async Task Cancel_AtAnotherGateway_EndsItWhereItRuns()
    {
        var (settings, media) = await SettingsAsync();
        await using var first = await FakeSystem.StartAsync(settings);
        first.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var waits = first.Http.PostRawAsync(clips.SoundOnly());
        await FakeSystem.WaitUntilAsync(() => !first.Audio.Releases.IsEmpty);
        await using var second = await FakeSystem.StartAsync(settings);
        var id = (await second.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]![0]!.Text("id");

        using var cancelled = await second.Http.PostAsync($"/v1/analyses/{id}/cancel", null, Cancelled).WithinMinutes(2);

        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        Assert.Equal("cancelled", (await waits.ProblemAsync()).Reason);
        Assert.Empty(await NamesAsync(media));
    }

    [Fact]
    public async Task Delete_AtAnotherGateway_LeavesNothingWhereItRuns()
    {
        var (settings, media) = await SettingsAsync();
        await using var first = await FakeSystem.StartAsync(settings);
        first.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        using var accepted = await first.Http.PostRawAsync(clips.SoundOnly(), query: "");
        var id = (await accepted.JsonAsync()).Text("id");
        await FakeSystem.WaitUntilAsync(() => first.Running.TryFind(id, out _));
        await using var second = await FakeSystem.StartAsync(settings);

        using var deleted = await second.Http.DeleteAsync("/v1/analyses/" + id, Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Empty(await NamesAsync(media));
        await FakeSystem.WaitUntilAsync(() => !first.Running.TryFind(id, out _) && !first.LeftOnDisk.Any());
        Assert.Equal("unknown-analysis", (await first.Http.AskAsync("/v1/analyses/" + id).ProblemAsync()).Reason);
    }

    [Fact]
    public async Task Post_RefusedAfterItsFirstBlocks_LeavesNoBlob()
    {
        var (settings, media) = await SettingsAsync();
        await using var system = await FakeSystem.StartAsync([.. settings, ("Media:MaximumBytes", "6000000")]);
        var clip = clips.Write("large.wav", [.. (await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled)), .. new byte[7_000_000]]);

        var (response, reason) = await system.Http.PostFormAsync(clip, "").ProblemAsync();

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-many-bytes"), (response.StatusCode, reason));
        await FakeSystem.WaitUntilAsync(() => media.GetBlobs(Azure.Storage.Blobs.Models.BlobTraits.None, Azure.Storage.Blobs.Models.BlobStates.Uncommitted, null, CancellationToken.None).Count() == 0);
    }

    private async Task<((string Key, string Value)[] Settings, BlobContainerClient Media)> SettingsAsync()
    {
        var options = azurite.CreateOptions();
        return (
            [
                ("ConnectionStrings:jobs", await server.CreateDatabaseAsync()),
                ("ConnectionStrings:media", options.ConnectionString),
                ("Gateway:Jobs:MediaContainer", options.Container),
                ("Gateway:Jobs:Lease", "00:00:20"), // A third of it passes before one hears what was done at the other; a busy one must not lose it.
                ("Gateway:ShutdownGrace", "00:00:00.100"),
            ],
            new BlobContainerClient(options.ConnectionString, options.Container));
    }

    private static async Task<List<string>> NamesAsync(BlobContainerClient container)
    {
        var names = new List<string>();
        await foreach (var blob in container.GetBlobsAsync())
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
