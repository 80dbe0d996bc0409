using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Emotion.Client;

namespace Emotion.SystemBench.Gateway;

/// <summary>
/// What a large clip adds to the gateway's memory while it comes: as the whole body, as part of a form, and in pieces. It is the demo clip with room behind
/// it that nobody plays (an mp4's box <c>free</c>), made while it is sent.
/// </summary>
internal static class GatewayUpload
{
    private const double AllowedMegabytes = 16;
    private const int WarmMegabytes = 20, ChunkBytes = 64 * 1024, PieceMegabytes = 50;
    private const string Boundary = "load-boundary";

    private static readonly string[] Ways = ["body", "form", "pieces"];

    /// <param name="megabytes">Of the clip, of 1,000,000 bytes each.</param>
    public static async Task<int> RunAsync(Uri gateway, FileInfo demo, int megabytes, FileInfo state, FileInfo output, string command, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", EmotionKey.Find(null, gateway));
        var memory = new GatewayMemory(state);
        var clip = await File.ReadAllBytesAsync(demo.FullName, cancellationToken);
        var ways = new Dictionary<string, object>();
        var most = 0.0;
        foreach (var way in Ways)
        {
            await EndAsync(http, await SendAsync(http, way, clip, WarmMegabytes * 1_000_000L, cancellationToken), cancellationToken); // Its code is compiled by then.
            var (before, watch) = (memory.Now, Stopwatch.StartNew());
            memory.ForgetPeak();
            var sent = await SendAsync(http, way, clip, megabytes * 1_000_000L, cancellationToken);
            var (peak, seconds) = (memory.Peak, watch.Elapsed.TotalSeconds);
            await EndAsync(http, sent, cancellationToken);
            most = Math.Max(most, peak - before);
            ways[way] = new
            {
                rss_mb_before = Math.Round(before, 1), rss_mb_peak = Math.Round(peak, 1), extra_mb = Math.Round(peak - before, 1), seconds = Math.Round(seconds, 1),
                accepted_ms_after_last_byte = Math.Round(sent.MillisecondsAfter, 1),
            };
            Console.WriteLine($"  {megabytes} MB as {way}: {peak - before:0.0} MB more than {before:0} MB, {seconds:0.0} s");
        }

        var passed = most <= AllowedMegabytes;
        await RunRecord.WriteAsync(
            output, command, new { passed, n = Ways.Length, megabytes, upload_extra_mb = Math.Round(most, 1), ways }, cancellationToken);
        return passed ? 0 : 1;
    }

    private static async Task<Sent> SendAsync(HttpClient http, string way, byte[] clip, long bytes, CancellationToken cancellationToken)
    {
        if (way == "pieces")
        {
            return await SendPiecesAsync(http, clip, bytes, cancellationToken);
        }

        var before = way == "form" ? $"--{Boundary}\r\nContent-Disposition: form-data; name=\"clip\"; filename=\"clip.mp4\"\r\n\r\n" : "";
        var after = way == "form" ? $"\r\n--{Boundary}--\r\n" : "";
        var content = new TimedContent(
            before.Length + bytes + after.Length,
            System.Net.Http.Headers.MediaTypeHeaderValue.Parse(way == "form" ? $"multipart/form-data; boundary={Boundary}" : "video/mp4"),
            async (stream, token) =>
            {
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(before), token);
                await WriteAsync(stream, clip, bytes, 0, bytes, token);
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(after), token);
            });
        using var response = await http.PostAsync("/v1/analyses", content, cancellationToken);
        return await AcceptedAsync(response, content.SentAt, cancellationToken);
    }

    private static async Task<Sent> SendPiecesAsync(HttpClient http, byte[] clip, long bytes, CancellationToken cancellationToken)
    {
        using var create = Tus(HttpMethod.Post, "/v1/uploads", ("Upload-Length", bytes));
        using var created = await http.SendAsync(create, cancellationToken);
        var upload = created.EnsureSuccessStatusCode().Headers.Location!.ToString();
        const long piece = PieceMegabytes * 1_000_000L;
        for (var offset = 0L; offset < bytes; offset += piece)
        {
            var (from, length) = (offset, Math.Min(piece, bytes - offset));
            using var append = Tus(HttpMethod.Patch, upload, ("Upload-Offset", from));
            append.Content = new TimedContent(length, new("application/offset+octet-stream"), (stream, token) => WriteAsync(stream, clip, bytes, from, length, token));
            using var appended = await http.SendAsync(append, cancellationToken);
            appended.EnsureSuccessStatusCode();
        }

        var begun = Stopwatch.GetTimestamp();
        using var response = await http.PostAsync($"/v1/analyses?upload={upload[(upload.LastIndexOf('/') + 1)..]}", null, cancellationToken);
        return await AcceptedAsync(response, begun, cancellationToken);
    }

    private static HttpRequestMessage Tus(HttpMethod method, string address, (string Name, long Value) header)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add(header.Name, header.Value.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private static async Task<Sent> AcceptedAsync(HttpResponseMessage response, long lastByteAt, CancellationToken cancellationToken)
    {
        var after = Stopwatch.GetElapsedTime(lastByteAt).TotalMilliseconds;
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.StatusCode == HttpStatusCode.Accepted
            ? new Sent(JsonNode.Parse(body)!["id"]!.GetValue<string>(), after)
            : throw new InvalidOperationException($"The gateway answered {(int)response.StatusCode}: {body}");
    }

    /// <summary>Its answer is waited for, so that nothing else runs during the next upload.</summary>
    private static async Task EndAsync(HttpClient http, Sent sent, CancellationToken cancellationToken)
    {
        JsonNode analysis;
        do
        {
            analysis = JsonNode.Parse(await http.GetStringAsync($"/v1/analyses/{sent.Id}?wait=true", cancellationToken))!;
        }
        while (analysis["status"]!.GetValue<string>() is "queued" or "running");

        if (analysis["status"]!.GetValue<string>() != "done")
        {
            throw new InvalidOperationException($"The large clip was not analysed: {analysis}");
        }

        using var deleted = await http.DeleteAsync($"/v1/analyses/{sent.Id}", cancellationToken);
        deleted.EnsureSuccessStatusCode();
    }

    /// <summary>Some of the bytes of the clip and the box behind it.</summary>
    private static async Task WriteAsync(Stream stream, byte[] clip, long bytes, long from, long length, CancellationToken cancellationToken)
    {
        // A box is its size in 32 bits, its type, its content.
        byte[] head = [.. clip, 0, 0, 0, 0, .. "free"u8];
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(clip.Length), checked((uint)(bytes - clip.Length)));
        if (from < head.Length)
        {
            var taken = (int)Math.Min(length, head.Length - from);
            await stream.WriteAsync(head.AsMemory((int)from, taken), cancellationToken);
            length -= taken;
        }

        var chunk = new byte[ChunkBytes];
        new Random(1).NextBytes(chunk);
        for (; length > 0; length -= Math.Min(length, chunk.Length))
        {
            await stream.WriteAsync(chunk.AsMemory(0, (int)Math.Min(length, chunk.Length)), cancellationToken);
        }
    }

    private sealed record Sent(string Id, double MillisecondsAfter);
}
