using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Tests;

/// <summary>A clip in pieces, as a client of tus 1.0.0 sends it.</summary>
public sealed class UploadTests(TestClips clips)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upload_InPieces_OutlivesARestartAndIsAnalysed()
    {
        await using var system = await FakeSystem.StartAsync();
        var clip = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        var half = clip.Length / 2;
        using var created = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", clip.Length.ToString()));
        var address = created.Headers.Location!.ToString();
        var id = address.Split('/')[^1];

        using var first = await PatchAsync(system, address, 0, clip[..half]);
        var early = await system.Http.PostAsync($"/v1/analyses?upload={id}", null, Cancelled).ProblemAsync();
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        using var look = await SendAsync(system, HttpMethod.Head, address);
        using var wrong = await PatchAsync(system, address, half - 1, clip[half..]);
        using var second = await PatchAsync(system, address, half, clip[half..]);
        var answer = await system.Http.PostAsync($"/v1/analyses?wait=true&upload={id}", null, Cancelled).AnswerAsync();

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.NoContent, HttpStatusCode.NoContent), (created.StatusCode, first.StatusCode, second.StatusCode));
        Assert.Equal((HttpStatusCode.Conflict, "upload-incomplete"), (early.Response.StatusCode, early.Reason));
        Assert.Equal(HttpStatusCode.Conflict, wrong.StatusCode);
        Assert.Equal((half.ToString(), clip.Length.ToString(), "no-store"), (Header(look, "Upload-Offset"), Header(look, "Upload-Length"), look.Headers.CacheControl!.ToString()));
        Assert.Equal(clip.Length.ToString(), Header(second, "Upload-Offset"));
        Assert.All([created, first, look, wrong, second], response => Assert.Equal("1.0.0", Header(response, "Tus-Resumable")));
        Assert.NotNull(created.Content.Headers.Expires ?? (object?)Header(created, "Upload-Expires"));
        Assert.Equal(("done", 2.0), (answer.Text("status"), answer["clip"]!["seconds"]!.GetValue<double>()));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(system, HttpMethod.Head, address)).StatusCode);
        Assert.Empty(Uploads(system));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Upload_ThatBreaksOff_KeepsWhatHasCome()
    {
        await using var system = await FakeSystem.StartAsync();
        using var created = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", "1000"));
        var address = created.Headers.Location!.ToString();
        var host = system.Http.BaseAddress!;
        using (var socket = new TcpClient(host.Host, host.Port))
        {
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"PATCH {address} HTTP/1.1\r\nHost: {host.Authority}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                + $"Content-Type: application/offset+octet-stream\r\nContent-Length: 1000\r\n\r\n{new string('x', 300)}"), Cancelled);
            await FakeSystem.WaitUntilAsync(() => Uploads(system).Sum(file => new FileInfo(file).Length) == 300);
            Assert.Equal(HttpStatusCode.Locked, (await PatchAsync(system, address, 300, [1])).StatusCode);
            socket.Client.LingerState = new LingerOption(true, 0);
        }

        HttpResponseMessage rest;
        do
        {
            rest = await PatchAsync(system, address, 300, new byte[700]);
        }
        while (rest.StatusCode == HttpStatusCode.Locked);

        Assert.Equal("1000", Header(rest, "Upload-Offset"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PatchAsync(system, address, 1000, [1])).StatusCode);
        var refused = await system.Http.PostAsync("/v1/analyses?upload=" + address.Split('/')[^1], null, Cancelled).ProblemAsync();
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported-container"), (refused.Response.StatusCode, refused.Reason));
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(system, HttpMethod.Delete, address)).StatusCode);
        Assert.Empty(Uploads(system));
        Assert.Empty(system.LeftOnDisk);
    }

    [Fact]
    public async Task Analyse_OfAnUploadWithFieldsAndAKey_IsOneAnalysisHoweverOftenItIsSent()
    {
        await using var system = await FakeSystem.StartAsync();
        var clip = await File.ReadAllBytesAsync(clips.SoundOnly(), Cancelled);
        using var created = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", clip.Length.ToString()));
        var address = created.Headers.Location!.ToString();
        using var patched = await PatchAsync(system, address, 0, clip);
        async Task<HttpResponseMessage> PostAsync(string modalities)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/analyses?upload=" + address.Split('/')[^1])
            {
                Content = new MultipartFormDataContent { { new StringContent(modalities), "modalities" } },
            };
            request.Headers.Add("Idempotency-Key", "k");
            return await system.Http.SendAsync(request, Cancelled);
        }

        using var first = await PostAsync("audio");
        using var again = await PostAsync("audio");
        var other = await PostAsync("video").ProblemAsync();

        var id = (await first.JsonAsync()).Text("id");
        Assert.Equal((HttpStatusCode.Accepted, id), (again.StatusCode, (await again.JsonAsync()).Text("id")));
        Assert.Equal("idempotency-key-reused", other.Reason);
        var answer = await system.Http.AskAsync($"/v1/analyses/{id}?wait=true").AnswerAsync();
        Assert.StartsWith("not-asked", answer.Text("modalities", "text", "reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_ThatAreNone_AreRefused()
    {
        await using var system = await FakeSystem.StartAsync(("Gateway:Uploads:MaximumOpen", "1"), ("Media:MaximumBytes", "1000000"));
        using var options = await system.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/v1/uploads"), Cancelled);
        using var plain = await system.Http.PostAsync("/v1/uploads", null, Cancelled);
        using var lengthless = await SendAsync(system, HttpMethod.Post, "/v1/uploads");
        using var large = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", "1000001"));
        using var created = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", "10"));
        using var full = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", "10"));
        using var untyped = await SendAsync(system, HttpMethod.Patch, created.Headers.Location!.ToString(), ("Upload-Offset", "0"));

        Assert.Equal(("1.0.0", "creation,termination,expiration", "1000000"), (Header(options, "Tus-Version"), Header(options, "Tus-Extension"), Header(options, "Tus-Max-Size")));
        Assert.Equal((HttpStatusCode.PreconditionFailed, "1.0.0"), (plain.StatusCode, Header(plain, "Tus-Version")));
        Assert.Equal(HttpStatusCode.BadRequest, lengthless.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1.0.0"), (full.StatusCode, Header(full, "Tus-Resumable")));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, untyped.StatusCode);
        foreach (var id in (string[])["0123", new string('0', 32), "..%2F..%2Fname", "*"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(system, HttpMethod.Head, "/v1/uploads/" + id)).StatusCode);
            Assert.Equal("unknown-upload", (await system.Http.PostAsync("/v1/analyses?upload=" + id, null, Cancelled).ProblemAsync()).Reason);
        }
    }

    [Fact]
    public async Task Upload_LeftAlone_Expires()
    {
        var clock = new ShiftedClock();
        await using var system = await FakeSystem.StartWithKeysAsync(
            clock, ("Gateway:Keys:Mode", "Off"), ("Gateway:Uploads:ExpireAfter", "01:00:00"), ("Gateway:Uploads:SweepPeriod", "00:00:00.050"));

        using var created = await SendAsync(system, HttpMethod.Post, "/v1/uploads", ("Upload-Length", "10"));

        Assert.Single(Uploads(system));
        clock.Advance(TimeSpan.FromMinutes(61));
        await FakeSystem.WaitUntilAsync(() => !Uploads(system).Any());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(system, HttpMethod.Head, created.Headers.Location!.ToString())).StatusCode);
    }

    [Fact]
    public async Task Upload_ManyOfOneKey_LeaveRoomForOthers()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System, ("Gateway:Uploads:MaximumOpen", "9"));
        using var greedy = await system.AsAsync(KeyScope.Analyse);
        using var other = await system.AsAsync(KeyScope.Analyse);
        var first = await BeginAsync(greedy);
        Assert.Equal(HttpStatusCode.Created, (await BeginAsync(greedy)).StatusCode);

        var (refused, reason) = await BeginAsync(greedy).ProblemAsync();

        Assert.Equal((HttpStatusCode.TooManyRequests, "too-many-at-once"), (refused.StatusCode, reason));
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Created, (await BeginAsync(other)).StatusCode);
        using var delete = new HttpRequestMessage(HttpMethod.Delete, first.Headers.Location) { Headers = { { "Tus-Resumable", "1.0.0" } } };
        Assert.Equal(HttpStatusCode.NoContent, (await greedy.SendAsync(delete, Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await BeginAsync(greedy)).StatusCode);
    }

    private static async Task<HttpResponseMessage> BeginAsync(HttpClient http)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/uploads") { Headers = { { "Tus-Resumable", "1.0.0" }, { "Upload-Length", "10" } } };
        return await http.SendAsync(request, Cancelled);
    }

    private static IEnumerable<string> Uploads(FakeSystem system) => Directory.EnumerateFiles(Path.Combine(system.DataFolder, "uploads"));

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static async Task<HttpResponseMessage> SendAsync(FakeSystem system, HttpMethod method, string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await system.Http.SendAsync(request, Cancelled);
    }

    private static async Task<HttpResponseMessage> PatchAsync(FakeSystem system, string address, long offset, byte[] piece)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, address) { Content = new ByteArrayContent(piece) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add("Upload-Offset", offset.ToString());
        return await system.Http.SendAsync(request, Cancelled);
    }
}
