using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Emotion.SystemBench.Gateway;

/// <summary>
/// One of the clients: sends a clip, asks how far it is, reads lists, fetches the answer in its forms, deletes it, and begins again; now and then it
/// cancels what it sent, or asks for what cannot be.
/// </summary>
internal sealed class LoadClient : IDisposable
{
    private const double CancelShare = 0.1, ListShare = 0.2, KeepShare = 0.2, NonsenseShare = 0.03;
    private const string Boundary = "load-boundary";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly HttpClient _http;
    private readonly Random _random;
    private readonly IReadOnlyList<LoadClip> _clips;
    private readonly AnswerLedger _ledger;
    private int _sent;

    public LoadClient(Uri gateway, string key, int number, IReadOnlyList<LoadClip> clips, AnswerLedger ledger)
    {
        _http = new HttpClient { BaseAddress = gateway, DefaultRequestHeaders = { Authorization = new("Bearer", key) } };
        (_random, _sent, _clips, _ledger) = (new Random(number), number, clips, ledger);
    }

    /// <summary>Until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Pause * _random.NextDouble(), cancellationToken); // Not all at once.
            while (true)
            {
                await RoundAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is over.
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var number = _sent++;
        var clip = _clips[number % _clips.Count];
        var accepted = (number / _clips.Count % 3) switch
        {
            0 => await PostAsync("POST body", "/v1/analyses", new TimedContent(clip.Bytes, new("application/octet-stream")), cancellationToken),
            1 => await PostAsync("POST form", "/v1/analyses", new TimedContent(Form(clip), FormType()), cancellationToken),
            _ => await PostPiecesAsync(clip, cancellationToken),
        };
        if (accepted is not { Status: HttpStatusCode.Accepted })
        {
            await Task.Delay(accepted?.RetryAfter ?? Pause, cancellationToken);
            return;
        }

        var id = JsonNode.Parse(accepted.Body)!["id"]!.GetValue<string>();
        if (_random.NextDouble() < CancelShare)
        {
            await CancelAsync(id, cancellationToken);
            return;
        }

        if (await AnswerAsync(id, cancellationToken) != "done")
        {
            return;
        }

        await SendAsync("GET result.json", HttpMethod.Get, $"/v1/analyses/{id}", cancellationToken);
        await SendAsync("GET windows.csv", HttpMethod.Get, $"/v1/analyses/{id}/windows.csv", cancellationToken);
        await SendAsync("GET emotions.vtt", HttpMethod.Get, $"/v1/analyses/{id}/emotions.vtt", cancellationToken);
        if (_random.NextDouble() >= KeepShare)
        {
            await SendAsync("DELETE", HttpMethod.Delete, $"/v1/analyses/{id}", cancellationToken);
        }
    }

    /// <returns>How it ended.</returns>
    private async Task<string> AnswerAsync(string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Pause * (0.5 + _random.NextDouble()), cancellationToken);
            if (_random.NextDouble() < ListShare)
            {
                await SendAsync("GET list", HttpMethod.Get, "/v1/analyses?limit=20", cancellationToken);
            }

            if (_random.NextDouble() < NonsenseShare)
            {
                await SendAsync("GET unknown", HttpMethod.Get, "/v1/analyses/" + Guid.NewGuid().ToString("N"), cancellationToken, HttpStatusCode.NotFound);
                await SendAsync("POST no clip", HttpMethod.Post, "/v1/analyses", cancellationToken, HttpStatusCode.UnsupportedMediaType, () => new StringContent("This is no clip, by its first bytes."));
            }

            if (await SendAsync("GET progress", HttpMethod.Get, $"/v1/analyses/{id}", cancellationToken) is { Status: HttpStatusCode.OK } answer
                && JsonNode.Parse(answer.Body)!["status"]!.GetValue<string>() is ("done" or "failed") and var ended)
            {
                _ledger.End(ended);
                return ended;
            }
        }
    }

    private async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        await Task.Delay(2 * Pause * _random.NextDouble(), cancellationToken);
        var cancelled = await SendAsync("POST cancel", HttpMethod.Post, $"/v1/analyses/{id}/cancel", cancellationToken, HttpStatusCode.Conflict); // It may have ended.
        await SendAsync("GET cancelled", HttpMethod.Get, $"/v1/analyses/{id}", cancellationToken, HttpStatusCode.Gone);
        await SendAsync("DELETE", HttpMethod.Delete, $"/v1/analyses/{id}", cancellationToken);
        _ledger.End(cancelled?.Status == HttpStatusCode.NoContent ? "cancelled" : "done");
    }

    private async Task<Answered?> PostPiecesAsync(LoadClip clip, CancellationToken cancellationToken)
    {
        var created = await SendAsync(
            "POST upload", HttpMethod.Post, "/v1/uploads", cancellationToken, null, null,
            headers => headers.Add("Upload-Length", clip.Bytes.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        if (created?.Location is not { } upload)
        {
            return created;
        }

        var added = await SendAsync(
            "PATCH upload", HttpMethod.Patch, upload, cancellationToken, null, () => new TimedContent(clip.Bytes, new("application/offset+octet-stream")), headers => headers.Add("Upload-Offset", "0"));
        if (added?.Status != HttpStatusCode.NoContent)
        {
            return added;
        }

        var accepted = await SendAsync("POST pieces", HttpMethod.Post, $"/v1/analyses?upload={upload[(upload.LastIndexOf('/') + 1)..]}", cancellationToken);
        if (accepted?.Status == HttpStatusCode.TooManyRequests)
        {
            await SendAsync("DELETE upload", HttpMethod.Delete, upload, cancellationToken);
        }

        return accepted;
    }

    private Task<Answered?> PostAsync(string route, string address, TimedContent content, CancellationToken cancellationToken) =>
        SendAsync(route, HttpMethod.Post, address, cancellationToken, null, () => content);

    /// <param name="provoked">A status that is as good as 2xx here.</param>
    /// <returns>Null where no answer came, which is counted.</returns>
    private async Task<Answered?> SendAsync(
        string route, HttpMethod method, string address, CancellationToken cancellationToken, HttpStatusCode? provoked = null, Func<HttpContent>? content = null,
        Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(method, address) { Content = content?.Invoke() };
        if (address.StartsWith("/v1/uploads", StringComparison.Ordinal))
        {
            request.Headers.Add("Tus-Resumable", "1.0.0");
        }

        headers?.Invoke(request.Headers);
        var begun = Stopwatch.GetTimestamp();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            var since = request.Content is TimedContent { SentAt: > 0 } timed ? timed.SentAt : begun;
            _ledger.Add(
                route, (int)response.StatusCode, Stopwatch.GetElapsedTime(since).TotalMilliseconds, response.StatusCode == provoked,
                response.IsSuccessStatusCode ? "" : body.Contains("\"reason\"", StringComparison.Ordinal) ? JsonNode.Parse(body)!["reason"]!.GetValue<string>() : "");
            return new Answered(response.StatusCode, body, response.Headers.Location?.ToString(), response.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException failure)
        {
            _ledger.Break(route, failure);
            return null;
        }
    }

    private static MediaTypeHeaderValue FormType() => MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={Boundary}");

    private static byte[] Form(LoadClip clip) =>
    [
        .. Encoding.ASCII.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"clip\"; filename=\"{clip.Name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"),
        .. clip.Bytes,
        .. Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n"),
    ];

    private sealed record Answered(HttpStatusCode Status, string Body, string? Location, TimeSpan? RetryAfter);
}
