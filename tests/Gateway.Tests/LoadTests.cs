using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Emotion.Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;

namespace Emotion.Gateway.Tests;

/// <summary>A few clients at once, and a large upload: the small form of <c>./emotion prove gateway</c>, which measures on an idle machine what this does not.</summary>
public sealed class LoadTests(TestClips clips)
{
    private const int Clients = 6, Rounds = 4, LargeMegabytes = 60;

    /// <summary>Half of what comes: were it held in memory, it would be all of it or more. How much it really is, the proof tells.</summary>
    private const double AllowedMegabytes = LargeMegabytes / 2.0;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FewClients_AtOnce_HearNothingButWhatTheyAskForAndThatTheyAreTooMany()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System);
        var key = await system.Gateway.Services.GetRequiredService<KeyMaker>().MakeAsync(
            new NewKey
            {
                Name = "load", Scopes = [KeyScope.Analyse, KeyScope.Read], Limits = new KeyLimits { ConcurrentAnalyses = 2, RequestsPerMinute = 10_000, Burst = 10_000 },
                IntendedUse = new IntendedUse { Area = UseArea.Development, Description = "Tests." },
            },
            by: "", Cancelled);
        var heard = new ConcurrentBag<(string Asked, HttpStatusCode Status)>();

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(
            async () =>
            {
                using var http = system.As(key.Secret);
                for (var round = 0; round < Rounds; round++)
                {
                    await RoundAsync(http, (client + round) % 3, heard);
                }
            },
            Cancelled)));

        Assert.Contains(heard, answer => answer.Status == HttpStatusCode.Accepted);
        Assert.DoesNotContain(heard, answer => answer.Status is not (HttpStatusCode.OK or HttpStatusCode.Accepted or HttpStatusCode.NoContent or HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task LargeUpload_AsBodyAndInPieces_AddsLittleToTheGatewaysMemory()
    {
        await using var services = await FakeSystem.StartServicesAsync();
        await using var gateway = new GatewayProcess(services.Settings);
        await gateway.StartAsync();
        using var http = new HttpClient { BaseAddress = gateway.Address, Timeout = TimeSpan.FromMinutes(5) };
        while ((await http.GetAsync("/health", Cancelled)).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(50, Cancelled);
        }

        foreach (var inPieces in (bool[])[false, true])
        {
            await AnalyseAsync(http, Large(1), inPieces); // Code that is compiled for the first time takes memory, too.
            var before = gateway.Memory.Now;
            gateway.ForgetPeak();

            var clip = Large(LargeMegabytes);
            var accepted = await SendAsync(http, clip, inPieces);

            var grown = gateway.Memory.Peak - before;
            Assert.True(grown <= AllowedMegabytes, $"An upload of {clip.Length / 1_000_000} MB {(inPieces ? "in pieces" : "as the body")} took {grown:0} MB.");
            await http.AskAsync($"/v1/analyses/{accepted}?wait=true").AnswerAsync();
        }
    }

    private async Task RoundAsync(HttpClient http, int kind, ConcurrentBag<(string Asked, HttpStatusCode Status)> heard)
    {
        async Task<HttpStatusCode> HearAsync(string asked, Task<HttpResponseMessage> request)
        {
            using var response = await request;
            heard.Add((asked, response.StatusCode));
            return response.StatusCode;
        }

        var clip = kind == 0 ? clips.Talk(1) : clips.SoundOnly();
        using var sent = await (kind == 1 ? http.PostFormAsync(clip, "") : http.PostRawAsync(clip, ""));
        heard.Add(("send", sent.StatusCode));
        if (sent.StatusCode != HttpStatusCode.Accepted)
        {
            return;
        }

        var address = "/v1/analyses/" + (await sent.JsonAsync()).Text("id");
        await HearAsync("list", http.AskAsync("/v1/analyses?limit=5"));
        await HearAsync("progress", http.AskAsync(address));
        if (kind != 2)
        {
            await HearAsync("wait", http.AskAsync(address + "?wait=true"));
            await HearAsync("table", http.AskAsync(address + "/windows.csv"));
            await HearAsync("subtitles", http.AskAsync(address + "/emotions.vtt"));
        }

        await HearAsync("delete", http.DeleteAsync(address, Cancelled)); // Of the third kind while it waits or runs.
    }

    private static async Task AnalyseAsync(HttpClient http, byte[] clip, bool inPieces) =>
        await http.AskAsync($"/v1/analyses/{await SendAsync(http, clip, inPieces)}?wait=true").AnswerAsync();

    /// <returns>Its id.</returns>
    private static async Task<string> SendAsync(HttpClient http, byte[] clip, bool inPieces)
    {
        if (!inPieces)
        {
            using var sent = await http.PostAsync(new ByteArrayContent(clip));
            Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
            return (await sent.JsonAsync()).Text("id");
        }

        using var create = Tus(HttpMethod.Post, "/v1/uploads", ("Upload-Length", clip.Length));
        using var created = await http.SendAsync(create, Cancelled);
        using var append = Tus(HttpMethod.Patch, created.Headers.Location!.ToString(), ("Upload-Offset", 0));
        append.Content = new ByteArrayContent(clip) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
        using var appended = await http.SendAsync(append, Cancelled);
        Assert.Equal(HttpStatusCode.NoContent, appended.StatusCode);
        using var accepted = await http.PostAsync("/v1/analyses?upload=" + created.Headers.Location.ToString().Split('/')[^1], null, Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        return (await accepted.JsonAsync()).Text("id");
    }

    private static HttpRequestMessage Tus(HttpMethod method, string address, (string Name, int Value) header)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add(header.Name, header.Value.ToString());
        return request;
    }

    /// <summary>A clip with a box behind it that nobody plays: its size in 32 bits, its type <c>free</c>, its content.</summary>
    private byte[] Large(int megabytes)
    {
        var clip = File.ReadAllBytes(clips.Talk(1));
        var large = new byte[megabytes * 1_000_000];
        clip.CopyTo(large, 0);
        BinaryPrimitives.WriteInt32BigEndian(large.AsSpan(clip.Length), large.Length - clip.Length);
        "free"u8.CopyTo(large.AsSpan(clip.Length + 4));
        return large;
    }
}
