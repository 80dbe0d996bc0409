using System.Net;
using System.Text;
using System.Text.Json;

namespace Emotion.SystemTests;

/// <summary>What callers entrust to the system is looked for in all that it tells of itself: spans, metrics, log records and consoles, with all that its own code can log.</summary>
public sealed class NothingTellsTests : IAsyncLifetime
{
    private const string Words = "zanzibar periwinkle", FileName = "lighthouse-keeper", Unreadable = "quetzalcoatl", Hook = "hook-s3cr3t", WrongKey = "emo_wrong-key-of-somebody", Page = "page-s3cr3t";

    private static readonly string[] Signals = ["traces", "metrics", "logs"];

    private readonly string _secret = $"whsec_{Convert.ToBase64String(Encoding.ASCII.GetBytes("a secret of thirty-two characters"))}";
    private RunningSystem _system = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _system = await RunningSystem.StartAsync(
        new Dictionary<string, string>
        {
            ["Gateway__Callbacks__Secret"] = _secret,
            ["Gateway__Callbacks__AllowPrivate"] = "true",
            ["Logging__LogLevel__Default"] = "Information",
            ["Logging__LogLevel__Emotion"] = "Trace",
            ["Logging__Console__LogLevel__Emotion"] = "Trace",
        },
        Cancelled);

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task SpansMetricsLogsAndConsoles_HoldNoWordNoKeyNoNameAndNoMedia()
    {
        var clip = await TestClip.MakeAsync(_system.Folder, 4, Cancelled);
        using var gateway = _system.Gateway();
        var bytes = await File.ReadAllBytesAsync(clip, Cancelled);
        var heard = await SendAsync(gateway, "?wait=true&includeTranscript=true", HttpStatusCode.OK, (bytes, $"{FileName}.mp4"));
        var spoken = string.Join(' ', heard.GetProperty("transcript").GetProperty("segments").EnumerateArray().Select(segment => segment.GetProperty("text").GetString()!.Trim()));
        await SendAsync(
            gateway, $"?wait=true&includeTranscript=true&callback=https://localhost:1/{Hook}", HttpStatusCode.OK, (bytes, $"{FileName}.mp4"),
            $"1\n00:00:00,000 --> 00:00:04,000\nWe saw a {Words} and were so happy to see it.\n");
        // What cannot be read, and what ffmpeg says of it: begins as an mp4 does.
        await SendAsync(gateway, "?wait=true", HttpStatusCode.UnprocessableEntity, ([.. bytes.AsSpan(0, 40), .. Encoding.ASCII.GetBytes(Unreadable + Unreadable)], $"{FileName}.mp4"));
        await SendAsync(gateway, "", HttpStatusCode.BadRequest, (bytes, $"{FileName}.mp4"), "\0" + Words);
        using (var stranger = new HttpClient { BaseAddress = gateway.BaseAddress, DefaultRequestHeaders = { Authorization = new("Bearer", WrongKey) } })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync($"/v1/analyses?key={Page}", Cancelled)).StatusCode);
        }

        var known = heard.GetProperty("traceId").GetString()!;
        await _system.Receiver.WaitAsync(spans => spans.Any(span => span.TraceId == known) && Signals.All(signal => Told(signal).Any()), Cancelled);
        await Task.Delay(TimeSpan.FromSeconds(3), Cancelled); // What comes at intervals has come.

        // They are searched as they should be: what is there is found.
        Assert.All(Signals, signal => Assert.Contains(Told(signal), body => Holds(body, "service.name"u8)));
        var release = Encoding.ASCII.GetBytes(heard.GetProperty("models").GetProperty("release").GetString()!);
        Assert.All((string[])["gateway", "audio", "fusion"], service => Assert.True(Holds(_system.Consoles()[service], release), service));

        var key = gateway.DefaultRequestHeaders.Authorization!.Parameter!;
        var secrets = new Dictionary<string, byte[]>
        {
            ["a caller's words"] = Encoding.UTF8.GetBytes(Words),
            ["what was heard"] = Encoding.UTF8.GetBytes(spoken[..Math.Min(20, spoken.Length)]),
            ["a clip's name"] = Encoding.UTF8.GetBytes(FileName),
            ["what could not be read"] = Encoding.UTF8.GetBytes(Unreadable),
            ["where to call back"] = Encoding.UTF8.GetBytes(Hook),
            ["what callbacks are signed with"] = Encoding.UTF8.GetBytes(_secret["whsec_".Length..]),
            ["a key"] = Encoding.UTF8.GetBytes(key),
            ["most of a key"] = Encoding.UTF8.GetBytes(key[^24..]),
            ["a wrong key"] = Encoding.UTF8.GetBytes(WrongKey),
            ["a key where none belongs"] = Encoding.UTF8.GetBytes(Page),
            ["pictures or sound"] = bytes[(bytes.Length / 2)..(bytes.Length / 2 + 16)],
            ["pictures or sound in Base64"] = Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes.AsSpan(bytes.Length / 2 / 3 * 3, 24))),
        };
        Assert.True(spoken.Length >= 12, $"Too little was heard to look for: {spoken}");
        var found =
            from told in _system.Receiver.Bodies.Select(body => (Where: body.Signal, body.Bytes)).Concat(_system.Consoles().Select(console => (Where: $"console of {console.Key}", Bytes: console.Value)))
            from secret in secrets
            where Holds(told.Bytes, secret.Value)
            select $"{secret.Key}: {told.Where}, {Around(told.Bytes, secret.Value)}";
        Assert.Empty(found.Distinct());
    }

    private IEnumerable<byte[]> Told(string signal) => _system.Receiver.Bodies.Where(body => body.Signal == signal).Select(body => body.Bytes);

    private static bool Holds(byte[] told, ReadOnlySpan<byte> secret) => told.AsSpan().IndexOf(secret) >= 0;

    private static string Around(byte[] told, byte[] secret)
    {
        var start = Math.Max(0, told.AsSpan().IndexOf(secret) - 120);
        return Encoding.ASCII.GetString(told, start, Math.Min(told.Length - start, 240)).ReplaceLineEndings(" ");
    }

    private static async Task<JsonElement> SendAsync(HttpClient gateway, string query, HttpStatusCode expected, (byte[] Bytes, string Name) clip, string? transcript = null)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(clip.Bytes), "clip", clip.Name } };
        if (transcript is not null)
        {
            form.Add(new StringContent(transcript), "transcript", $"{FileName}.srt");
        }

        using var response = await gateway.PostAsync("/v1/analyses" + query, form, Cancelled);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode}: {body}");
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.Clone();
    }
}
