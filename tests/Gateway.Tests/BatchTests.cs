using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Emotion.Gateway.Jobs;
using Emotion.Gateway.Tests.Callbacks;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>Many clips in one request: each has its answer or its problem, and none takes another along.</summary>
public sealed class BatchTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Form_OneBadOfTwelve_LeavesElevenAndSaysWhich()
    {
        await using var system = await FakeSystem.StartAsync();
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var form = Form([.. Enumerable.Range(0, 12).Select(i => ($"folder/clip{i}.wav", i == 5 ? Encoding.UTF8.GetBytes("no clip") : sound))]);
        form.Add(new StringContent("audio"), "modalities");

        using var accepted = await system.Http.PostAsync("/v1/batches", form, Cancelled);

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var id = (await accepted.JsonAsync()).Text("id");
        Assert.EndsWith("/v1/batches/" + id, accepted.Headers.Location!.ToString());
        var page = await EndedAsync(system, id);
        Assert.Equal("""{"total":12,"queued":0,"running":0,"done":11,"failed":1}""", page["batch"]!["counts"]!.ToJsonString());
        Assert.Equal("done", page.Text("batch", "status"));
        var items = page["items"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 12), items.Select(item => item!["position"]!.GetValue<int>()));
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"clip{i}.wav"), items.Select(item => item!.Text("name")));
        Assert.Equal(("failed", "unsupported-container"), (items[5]!.Text("status"), items[5]!.Text("reason")));
        Assert.NotEmpty(items[5]!.Text("detail"));
        Assert.Equal("unsupported-container", (await system.Http.AskAsync("/v1/analyses/" + items[5]!.Text("id")).ProblemAsync()).Reason);
        var answer = await system.Http.AskAsync("/v1/analyses/" + items[6]!.Text("id")).AnswerAsync();
        Assert.Equal(("done", "absent"), (answer.Text("status"), answer.Text("modalities", "video", "status")));
        Assert.Equal((items[6]!.Text("prediction"), items[6]!["seconds"]!.GetValue<double>()), (answer.Text("fused", "prediction"), answer["clip"]!["seconds"]!.GetValue<double>()));
        var failed = await system.Http.AskAsync($"/v1/batches/{id}?status=failed").AnswerAsync();
        Assert.Equal(5, Assert.Single(failed["items"]!.AsArray())!["position"]!.GetValue<int>());
        var pages = await system.Http.AskAsync($"/v1/batches/{id}?limit=7").AnswerAsync();
        var rest = await system.Http.AskAsync($"/v1/batches/{id}?limit=7&after={pages.Text("next")}").AnswerAsync();
        Assert.Equal((7, 5, null), (pages["items"]!.AsArray().Count, rest["items"]!.AsArray().Count, rest["next"]));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Zip_AsTheBodyOrAPart_IsUnpackedByItsNames()
    {
        await using var system = await FakeSystem.StartAsync();
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var zip = Zip(("b/two.wav", sound), ("a/one.wav", sound), ("notes.txt", "words"u8.ToArray()));

        using var raw = await system.Http.PostAsync("/v1/batches?windows=false", new ByteArrayContent(zip), Cancelled);
        using var part = await system.Http.PostAsync("/v1/batches", new MultipartFormDataContent { { new ByteArrayContent(zip), "zip", "clips.zip" } }, Cancelled);

        string[] ids = [(await raw.JsonAsync()).Text("id"), (await part.JsonAsync()).Text("id")];
        foreach (var id in ids)
        {
            var page = await EndedAsync(system, id);
            Assert.Equal(["one.wav done", "two.wav done", "notes.txt failed"], page["items"]!.AsArray().Select(item => $"{item!.Text("name")} {item!.Text("status")}"));
        }

        var list = await system.Http.AskAsync("/v1/batches?limit=1").AnswerAsync();
        Assert.Equal(ids[1], Assert.Single(list["items"]!.AsArray())!.Text("id"));
        Assert.Single((await system.Http.AskAsync("/v1/batches?after=" + list.Text("next")).AnswerAsync())["items"]!.AsArray());
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_WhatCannotBeABatch_IsRefusedAndLeavesNothing()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Batches:MaximumItems", "3"), ("Gateway:Batches:MaximumBytes", "1000000"));
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);

        Assert.Equal((422, "zip-not-a-zip"), await RefusedAsync(system, new ByteArrayContent(sound)));
        Assert.Equal((422, "zip-ratio-too-high"), await RefusedAsync(system, new ByteArrayContent(Zip(("bomb.wav", new byte[900_000])))));
        Assert.Equal((413, "zip-too-many-unpacked-bytes"), await RefusedAsync(system, new ByteArrayContent(
            Zip([.. Enumerable.Range(0, 3).Select(i => ($"{i}.wav", (byte[])[.. Noise(200_000), .. new byte[200_000]]))]))));
        Assert.Equal((422, "zip-nested-archive"), await RefusedAsync(system, new ByteArrayContent(Zip(("inner.zip", Zip(("a.wav", sound)))))));
        Assert.Equal((413, "too-many-items"), await RefusedAsync(system, Form([.. Enumerable.Range(0, 4).Select(i => ($"{i}.wav", sound))])));
        Assert.Equal((413, "too-many-bytes"), await RefusedAsync(system, Form([.. Enumerable.Range(0, 3).Select(i => ($"{i}.wav", (byte[])[.. sound, .. Noise(400_000)]))])));
        Assert.Equal((400, "no-clip"), await RefusedAsync(system, new MultipartFormDataContent { { new StringContent("audio"), "modalities" } }));
        Assert.Equal((400, "bad-modalities"), await RefusedAsync(system, new MultipartFormDataContent { { new ByteArrayContent(sound), "clip", "a" }, { new StringContent("smell"), "modalities" } }));
        Assert.Equal((400, "bad-multipart"), await RefusedAsync(system, new MultipartFormDataContent { { new StringContent("words"), "transcript" } }));
        var zip = Zip(("a.wav", sound));
        Assert.Equal((400, "bad-multipart"), await RefusedAsync(system, new MultipartFormDataContent { { new ByteArrayContent(zip), "zip", "a.zip" }, { new ByteArrayContent(zip), "zip", "b.zip" } }));
        Assert.Empty((await system.Http.AskAsync("/v1/batches").AnswerAsync())["items"]!.AsArray());
        Assert.Empty(system.LeftOnDisk);
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("zip")]
    public async Task Post_DiskFillsUpMeanwhile_IsRefusedAndLeavesNothing(string next)
    {
        await using var system = await FakeSystem.StartAsync();
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var form = Form(("a.wav", sound));
        form.Add(new LateContent(sound, FillUpAsync), "clip", "b.wav");
        form.Add(new ByteArrayContent(next == "zip" ? Zip(("c.wav", sound)) : sound), next, "c");

        Assert.Equal((503, "disk-full"), await RefusedAsync(system, form));
        Assert.Empty(system.LeftOnDisk);

        async Task FillUpAsync()
        {
            await FakeSystem.WaitUntilAsync(() => system.LeftOnDisk.Any()); // The first comes in, so the batch was let in.
            system.Gateway.Services.GetRequiredService<IOptions<JobsOptions>>().Value.MinimumFreeBytes = 1L << 50;
        }
    }

    [Fact]
    public async Task Batches_WaitBehindSingleAnalyses_AndTakeTurns()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"), ("Gateway:QueueLength", "2"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var first = await PostAsync(system, Form([.. Enumerable.Range(0, 4).Select(i => ($"{i}.wav", sound))]));
        await RunningAsync(system, first);
        var second = await PostAsync(system, Form([("x.wav", sound), ("y.wav", sound)]));

        using var single = await system.Http.PostRawAsync(clips.SoundOnly(), ""); // What waits in batches takes nobody's place.
        hold.SetResult();

        await EndedAsync(system, first);
        await EndedAsync(system, second);
        var names = new Dictionary<string, string> { [(await single.JsonAsync()).Text("id")] = "single" };
        foreach (var (batch, name) in new[] { (first, "first"), (second, "second") })
        {
            foreach (var item in (await system.Http.AskAsync("/v1/batches/" + batch).AnswerAsync())["items"]!.AsArray())
            {
                names[item!.Text("id")] = $"{name}{item!["position"]}";
            }
        }

        Assert.Equal(["first0", "single", "second0", "first1", "second1", "first2", "first3"], system.Fusion.Asked.Select(asked => names[asked.ClipId]));
    }

    [Fact]
    public async Task Calls_ForABatch_TellServicesThatNobodyWaitsForThem()
    {
        await using var system = await FakeSystem.StartAsync();
        var said = new ConcurrentQueue<string>();
        Task Hear(string service, ServerCallContext context)
        {
            said.Enqueue($"{service} {context.RequestHeaders.GetValue("emotion-priority")}");
            return Task.CompletedTask;
        }

        system.Audio.Before = context => Hear("audio", context);
        system.Fusion.Before = context => Hear("fusion", context);
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);

        using var batch = await system.Http.PostAsync("/v1/batches", Form(("one.wav", sound)), Cancelled);
        await EndedAsync(system, (await batch.JsonAsync()).Text("id"));
        using var alone = await system.Http.PostAsync("/v1/analyses?wait=true", new ByteArrayContent(sound), Cancelled);

        Assert.Equal(HttpStatusCode.OK, alone.StatusCode);
        Assert.Equal(["audio batch", "fusion batch", "audio ", "fusion "], said);
    }

    [Fact]
    public async Task Cancel_ThenDelete_EndsAndForgetsAllOfIt()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"));
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var id = await PostAsync(system, Form([("a.wav", sound), ("b.wav", sound), ("c.wav", sound)]));
        await RunningAsync(system, id);

        using var cancelled = await system.Http.PostAsync($"/v1/batches/{id}/cancel", null, Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        var page = await system.Http.AskAsync("/v1/batches/" + id).AnswerAsync();
        Assert.All(page["items"]!.AsArray(), item => Assert.Equal("cancelled", item!.Text("reason")));
        var again = await system.Http.PostAsync($"/v1/batches/{id}/cancel", null, Cancelled).ProblemAsync();
        Assert.Equal((HttpStatusCode.Conflict, "already-ended"), (again.Response.StatusCode, again.Reason));
        Assert.Empty(system.LeftOnDisk);
        var running = await PostAsync(system, Form([("a.wav", sound), ("b.wav", sound)]));
        await RunningAsync(system, running);

        using var deleted = await system.Http.DeleteAsync("/v1/batches/" + running, Cancelled);

        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("unknown-batch", (await system.Http.AskAsync("/v1/batches/" + running).ProblemAsync()).Reason);
        Assert.Equal("unknown-batch", (await system.Http.DeleteAsync("/v1/batches/" + running, Cancelled).ProblemAsync()).Reason);
        Assert.Equal(3, (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray().Count);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_SameKeyAgain_IsTheSameBatch()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Callbacks:Secret", CallbackReceiver.Secret));
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        async Task<HttpResponseMessage> SendAsync(string name, string query = "")
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/batches" + query) { Content = Form([(name, sound), ("bad", [1])]) };
            request.Headers.Add("Idempotency-Key", "k");
            return await system.Http.SendAsync(request, Cancelled);
        }

        using var first = await SendAsync("a.wav");
        using var again = await SendAsync("a.wav");
        var otherName = await SendAsync("b.wav").ProblemAsync();
        var otherOption = await SendAsync("a.wav", "?faces=1").ProblemAsync();

        Assert.True(again.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal((await first.JsonAsync()).Text("id"), (await again.JsonAsync()).Text("id"));
        Assert.Equal(("idempotency-key-reused", "idempotency-key-reused"), (otherName.Reason, otherOption.Reason));
        await EndedAsync(system, (await system.Http.AskAsync("/v1/batches").AnswerAsync())["items"]![0]!.Text("id"));
        Assert.Equal(2, (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]!.AsArray().Count);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Callback_OfABatch_IsToldOfEachClip()
    {
        await using var receiver = await CallbackReceiver.StartAsync();
        await using var system = await FakeSystem.StartAsync(("Gateway:Callbacks:Secret", CallbackReceiver.Secret), ("Gateway:Callbacks:AllowPrivate", "true"));
        var form = Form([("a.wav", await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled)), ("bad.wav", "bad"u8.ToArray())]);
        form.Add(new StringContent(receiver.Address), "callback");

        var id = await PostAsync(system, form);

        await FakeSystem.WaitUntilAsync(() => receiver.Calls.Count == 2);
        Assert.Equal(
            ["a.wav analysis.done", "bad.wav analysis.failed"],
            receiver.Calls.Select(call => $"{call.Json.Text("data", "name")} {call.Json.Text("type")}").Order());
        Assert.All(receiver.Calls, call => Assert.Equal(id, call.Json.Text("data", "batch")));
        await EndedAsync(system, id);
    }

    [Fact]
    public async Task Batch_OutlivesARestart_AndTooManyAreRefused()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Batches:Concurrent", "1"), ("Gateway:ConcurrentAnalyses", "1"), ("Gateway:ShutdownGrace", "00:00:00"));
        system.Audio.Before = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var sound = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var id = await PostAsync(system, Form([("a.wav", sound), ("b.wav", sound)]));

        var second = await system.Http.PostAsync("/v1/batches", Form([("a.wav", sound)]), Cancelled).ProblemAsync();
        await system.Gateway.StopAsync(Cancelled);
        system.Audio.Before = null;
        await system.RestartGatewayAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "too-many-batches"), (second.Response.StatusCode, second.Reason));
        Assert.Equal(2, (await EndedAsync(system, id))["batch"]!["counts"]!["done"]!.GetValue<int>());
        Assert.Empty(system.LeftOnDisk);
    }

    private static async Task<(int Status, string Reason)> RefusedAsync(FakeSystem system, HttpContent content)
    {
        var (response, reason) = await system.Http.PostAsync("/v1/batches", content, Cancelled).ProblemAsync();
        return ((int)response.StatusCode, reason);
    }

    private static async Task<string> PostAsync(FakeSystem system, HttpContent content)
    {
        using var accepted = await system.Http.PostAsync("/v1/batches", content, Cancelled);
        return (await accepted.JsonAsync()).Text("id");
    }

    /// <summary>Until one of it is looked at.</summary>
    private static async Task RunningAsync(FakeSystem system, string id)
    {
        while ((await system.Http.AskAsync("/v1/batches/" + id).AnswerAsync())["batch"]!["counts"]!["running"]!.GetValue<int>() == 0)
        {
            await Task.Delay(20, Cancelled);
        }
    }

    private static async Task<JsonObject> EndedAsync(FakeSystem system, string id)
    {
        while (true)
        {
            var page = await system.Http.AskAsync("/v1/batches/" + id).AnswerAsync();
            if (page.Text("batch", "status") == "done")
            {
                return page;
            }

            await Task.Delay(20, Cancelled);
        }
    }

    private static MultipartFormDataContent Form(params (string Name, byte[] Bytes)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, bytes) in files)
        {
            form.Add(new ByteArrayContent(bytes), "clip", name);
        }

        return form;
    }

    /// <summary>Something is done before it is sent.</summary>
    private sealed class LateContent(byte[] bytes, Func<Task> before) : ByteArrayContent(bytes)
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await before();
            await base.SerializeToStreamAsync(stream, context, cancellationToken);
        }
    }

    private static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(7).NextBytes(noise);
        return noise;
    }

    private static byte[] Zip(params (string Name, byte[] Bytes)[] files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
