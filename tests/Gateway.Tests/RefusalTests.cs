using System.Net;
using System.Net.Sockets;
using System.Text;
using Emotion.Gateway.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>What is refused, where, with which status and reason; and that nothing of it stays on disk.</summary>
public sealed class RefusalTests(TestClips clips)
{
    private const string Mp4Header = "\0\0\0\u0018ftypmp42\0\0\0\0mp42isom";

    public static TheoryData<string, string> Playlists => new()
    {
        { "hls", "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n" },
        { "concat", "ffconcat version 1.0\nfile '/etc/hostname'\n" },
        { "dash", "<?xml version=\"1.0\"?><MPD><Period><BaseURL>file:///etc/</BaseURL></Period></MPD>" },
        { "mpd", "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>" },
        { "sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 5004 RTP/AVP 0\n" },
        { "text", "This is not a clip at all, whatever its name says." },
        { "one byte", "x" },
    };

    [Theory]
    [MemberData(nameof(Playlists))]
    public async Task Post_NoClipByItsFirstBytes_415(string name, string content)
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.PostFormAsync(clips.Write("clip.mp4", content)).ProblemAsync();

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported-container"), (response.StatusCode, reason));
        Assert.Empty(system.Audio.Heard);
        Assert.Empty(system.LeftOnDisk);
        Assert.NotEmpty(name);
    }

    [Fact]
    public async Task Post_Nothing_400()
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.PostAsync(new ByteArrayContent([])).ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "empty"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Post_FormWithoutClip_400()
    {
        await using var system = await FakeSystem.StartAsync();

        var none = await system.Http.PostAsync(new MultipartFormDataContent { { new StringContent("x"), "release" } }).ProblemAsync();
        var other = await system.Http.PostAsync(new MultipartFormDataContent { { new StringContent("x"), "movie" } }).ProblemAsync();
        var twice = await system.Http.PostAsync(new MultipartFormDataContent
        {
            { new ByteArrayContent(File.ReadAllBytes(clips.Talk())), "clip", "a.mp4" },
            { new ByteArrayContent(File.ReadAllBytes(clips.Talk())), "clip", "b.mp4" },
        }).ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "no-clip"), (none.Response.StatusCode, none.Reason));
        Assert.Equal((HttpStatusCode.BadRequest, "bad-multipart"), (other.Response.StatusCode, other.Reason));
        Assert.Equal((HttpStatusCode.BadRequest, "bad-multipart"), (twice.Response.StatusCode, twice.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_MoreBytesThanAllowed_413(bool lengthIsTold)
    {
        await using var system = await FakeSystem.StartAsync(("Media:MaximumBytes", "200000"));
        var content = new ByteArrayContent([.. Encoding.Latin1.GetBytes(Mp4Header), .. new byte[600_000]]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses") { Content = content };
        request.Headers.TransferEncodingChunked = !lengthIsTold;
        request.Headers.ExpectContinue = true;

        var (response, reason) = await system.Http.SendAsync(request, TestContext.Current.CancellationToken).ProblemAsync();

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "too-many-bytes"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Post_UploadThatStands_408()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:UploadDeadline", "00:00:01"));
        var address = FakeSystem.AddressOf(system.Gateway);
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(
            Encoding.Latin1.GetBytes($"POST /v1/analyses HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000000\r\n\r\n{Mp4Header}"),
            TestContext.Current.CancellationToken);

        var line = await new StreamReader(stream).ReadLineAsync(TestContext.Current.CancellationToken);

        Assert.Equal("HTTP/1.1 408 Request Timeout", line);
    }

    /// <summary>Noise that begins as each container does: refused, whatever the parser makes of it.</summary>
    [Fact]
    public async Task Post_NoiseBehindAGoodBeginning_IsRefusedAndNeverADefect()
    {
        await using var system = await FakeSystem.StartAsync();
        string[] beginnings =
        [
            Mp4Header, "\u001AE\u00DF\u00A3\u009FB\u0086\u0081\u0001B\u0082\u0084webm", "RIFF\u00FF\u00FF\0\0AVI LIST", "RIFF\u00FF\u00FF\0\0WAVEfmt ", "FLV\u0001\u0005\0\0\0\u0009",
            "OggS\0\u0002", "fLaC\0\0\0\"", "ID3\u0004\0\0",
        ];
        var noise = new byte[50_000];
        foreach (var (index, beginning) in beginnings.Index())
        {
            new Random(index).NextBytes(noise);

            var (response, reason) = await system.Http
                .PostRawAsync(clips.Write($"noise{index}", [.. Encoding.Latin1.GetBytes(beginning), .. noise])).ProblemAsync();

            Assert.True(response.StatusCode == HttpStatusCode.UnprocessableEntity, $"{beginning}: {response.StatusCode} {reason}");
        }

        Assert.Empty(system.Fusion.Asked);
    }

    [Fact]
    public async Task Post_CompressedBody_415()
    {
        await using var system = await FakeSystem.StartAsync();
        var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentEncoding.Add("gzip");

        var (response, reason) = await system.Http.PostAsync(content).ProblemAsync();

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "encoded"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Post_ReleaseThatNobodyHas_400()
    {
        await using var system = await FakeSystem.StartAsync();

        var byQuery = await system.Http.PostRawAsync(clips.Talk(), "?release=never").ProblemAsync();
        var byField = await system.Http.PostFormAsync(clips.Talk(), "", ("release", "never")).ProblemAsync();

        Assert.Equal((HttpStatusCode.Conflict, "unknown-release"), (byQuery.Response.StatusCode, byQuery.Reason));
        Assert.Equal((HttpStatusCode.Conflict, "unknown-release"), (byField.Response.StatusCode, byField.Reason));
    }

    [Fact]
    public async Task Post_ClipOfNoUse_422WithTheReason()
    {
        await using var system = await FakeSystem.StartAsync(("Media:MaximumSeconds", "600"));
        (string Clip, string Reason)[] table =
        [
            (clips.SubtitlesOnly(), "neither-sound-nor-picture"),
            (clips.PictureBomb(), "picture-too-large"),
            (clips.TenHours(), "too-long"),
            (clips.Truncated(), "damaged"),
            (clips.Write("zeros.mp4", Mp4Header + new string('\0', 4000)), "damaged"),
        ];

        foreach (var (clip, expected) in table)
        {
            var (response, reason) = await system.Http.PostFormAsync(clip).ProblemAsync();
            Assert.Equal((Path.GetFileName(clip), HttpStatusCode.UnprocessableEntity, expected), (Path.GetFileName(clip), response.StatusCode, reason));
            Assert.Empty(system.LeftOnDisk);
        }

        Assert.Empty(system.Fusion.Asked);
    }

    [Fact]
    public async Task Get_RefusedAnalysis_IsTheProblemOfTheJob()
    {
        await using var system = await FakeSystem.StartAsync();
        using var accepted = await system.Http.PostRawAsync(clips.SubtitlesOnly(), query: "");
        var id = (await accepted.JsonAsync()).Text("id");

        using var response = await system.Http.AskAsync(accepted.Headers.Location + "?wait=true");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        var problem = await response.JsonAsync();
        Assert.Equal(id, problem.Text("id"));
        Assert.Equal("neither-sound-nor-picture", problem.Text("reason"));
    }

    [Fact]
    public async Task Get_UnknownAnalysis_404()
    {
        await using var system = await FakeSystem.StartAsync();

        var (response, reason) = await system.Http.AskAsync("/v1/analyses/0123").ProblemAsync();

        Assert.Equal((HttpStatusCode.NotFound, "unknown-analysis"), (response.StatusCode, reason));
    }

    [Fact]
    public async Task Request_WaitIsNoTruthValue_400()
    {
        await using var system = await FakeSystem.StartAsync();

        var post = await system.Http.PostRawAsync(clips.Talk(), "?wait=perhaps").ProblemAsync();
        var get = await system.Http.AskAsync("/v1/analyses/0123?wait=perhaps").ProblemAsync();

        Assert.Equal((HttpStatusCode.BadRequest, "bad-request"), (post.Response.StatusCode, post.Reason));
        Assert.Equal((HttpStatusCode.BadRequest, "bad-request"), (get.Response.StatusCode, get.Reason));
    }

    [Fact]
    public async Task Post_QueueIsFull_503BeforeTheUploadAndTellsWhenToComeAgain()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"), ("Gateway:QueueLength", "1"), ("Gateway:RetryAfter", "00:00:07"));
        var hold = new TaskCompletionSource();
        system.Audio.Before = context => hold.Task.WaitAsync(context.CancellationToken);
        using var running = await system.Http.PostRawAsync(clips.Talk(), query: "");
        using var waiting = await system.Http.PostRawAsync(clips.Talk(), query: "");

        var (response, reason) = await system.Http.PostRawAsync(clips.Talk(), query: "").ProblemAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "queue-full"), (response.StatusCode, reason));
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
        hold.SetResult();
        Assert.Equal("done", (await system.Http.AskAsync(waiting.Headers.Location + "?wait=true").AnswerAsync()).Text("status"));
        Assert.Equal("done", (await system.Http.PostRawAsync(clips.Talk()).AnswerAsync()).Text("status"));
    }

    [Fact]
    public async Task Post_DiskHasLessRoomThanIsToBeLeft_503AndNothingIsTakenInByAnyWay()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Jobs:MinimumFreeBytes", $"{1L << 50}"));

        var (alone, reason) = await system.Http.PostRawAsync(clips.Talk()).ProblemAsync();
        var (batch, reasonOfBatch) = await system.Http.PostAsync("/v1/batches", new ByteArrayContent([1]), TestContext.Current.CancellationToken).ProblemAsync();
        using var begin = new HttpRequestMessage(HttpMethod.Post, "/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Length", "10" } } };
        var (upload, reasonOfUpload) = await system.Http.SendAsync(begin, TestContext.Current.CancellationToken).ProblemAsync();

        Assert.All([alone, batch, upload], response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        Assert.All([reason, reasonOfBatch, reasonOfUpload], said => Assert.Equal("disk-full", said));
        Assert.True(alone.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Post_CallerVanishesInMidUpload_LeavesNothing()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ConcurrentAnalyses", "1"), ("Gateway:QueueLength", "0"));
        var address = FakeSystem.AddressOf(system.Gateway);
        using (var socket = new TcpClient())
        {
            await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(
                $"POST /v1/analyses HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000000\r\n\r\n{Mp4Header}"), TestContext.Current.CancellationToken);
            await stream.WriteAsync(new byte[100_000], TestContext.Current.CancellationToken);
            await FakeSystem.WaitUntilAsync(() => system.LeftOnDisk.Any());
            socket.Client.Close(0);
        }

        await FakeSystem.WaitUntilAsync(() => !system.LeftOnDisk.Any());
        await FakeSystem.WaitUntilAsync(() => system.Gateway.Services.GetRequiredService<AnalysisQueue>().Uploading == 0);
        Assert.Equal("done", (await system.Http.PostRawAsync(clips.Talk()).AnswerAsync()).Text("status"));
    }

    [Fact]
    public async Task Post_CallerVanishesWhileWaiting_EndsTheAnalysis()
    {
        await using var system = await FakeSystem.StartAsync();
        var asked = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        system.Audio.Before = async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken).ContinueWith(_ => ended.SetResult(), TaskScheduler.Default);
        };
        using var caller = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses?wait=true") { Content = new StreamContent(File.OpenRead(clips.Talk())) };
        var call = system.Http.SendAsync(request, caller.Token);
        await asked.Task.WithinAMinute();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await ended.Task.WithinAMinute();
        await FakeSystem.WaitUntilAsync(() => !system.LeftOnDisk.Any());
    }

    [Fact]
    public async Task Stop_WhileAnAnalysisRuns_TellsItsAddressAndKeepsItForTheNext()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:ShutdownGrace", "00:00:00.100"));
        var asked = new TaskCompletionSource();
        system.Audio.Before = async context =>
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var call = system.Http.PostRawAsync(clips.Talk());
        await asked.Task.WithinAMinute();

        var stopping = system.Gateway.StopAsync(TestContext.Current.CancellationToken);

        using var response = await call;
        var id = (await response.JsonAsync()).Text("id");
        await stopping;
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(id, Path.GetFileName(Assert.Single(system.LeftOnDisk)));
        system.Audio.Before = _ => Task.CompletedTask;

        await system.RestartGatewayAsync();

        Assert.Equal("done", (await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync()).Text("status"));
        Assert.Equal(1, (await system.Http.AskAsync("/v1/analyses").AnswerAsync())["items"]![0]!["attempts"]!.GetValue<int>());
        Assert.Empty(system.LeftOnDisk);
    }
}
