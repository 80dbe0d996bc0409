using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Emotion.Client;

/// <summary>
/// Typed client of the gateway's HTTP API. Give it an <see cref="HttpClient"/> whose BaseAddress is the gateway. What is refused throws
/// <see cref="AnalysisRefusedException"/>; a gateway that is full, not reachable or broken is tried again, and then throws <see cref="HttpRequestException"/>.
/// </summary>
/// <param name="http">Its timeout holds for each request, of events until they begin.</param>
/// <param name="options">Whose key it is, and how often is tried again; null for no key and the usual.</param>
public sealed partial class EmotionClient(HttpClient http, EmotionClientOptions? options = null)
{
    /// <summary>How the gateway writes JSON.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly EmotionClientOptions _options = options ?? new EmotionClientOptions();
    private readonly Retries _retries = new(options ?? new EmotionClientOptions());

    /// <summary>True when the gateway can take a clip: it and every service behind it is ready.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri("health", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Uploads a clip, a large one in pieces (<see cref="EmotionClientOptions.InPiecesFrom"/>), and waits for the answer.</summary>
    /// <param name="clip">Read from its position to its end; one that cannot seek is sent once, whatever happens.</param>
    /// <param name="uploaded">Told the bytes sent so far.</param>
    /// <param name="cancellationToken">Ends the analysis, too, while the gateway holds the request open.</param>
    /// <param name="options">Null for nothing special.</param>
    /// <exception cref="AnalysisRefusedException">The gateway refused the clip, and says why.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<AnalysisResponse> AnalyzeAsync(
        Stream clip, IProgress<long>? uploaded, CancellationToken cancellationToken, SubmitOptions? options = null)
    {
        using var accepted = await UploadAsync(clip, uploaded, options ?? new SubmitOptions(), wait: true, cancellationToken);
        return accepted.StatusCode == HttpStatusCode.Accepted
            ? await WaitAsync(accepted.Headers.Location ?? throw new HttpRequestException("The gateway accepted the clip and did not say where its answer will be."), cancellationToken)
            : await ReadAsync(accepted, cancellationToken);
    }

    /// <summary>Uploads a clip, a large one in pieces, and does not wait: the answer is to be followed or asked for.</summary>
    /// <inheritdoc cref="AnalyzeAsync" path="/param"/>
    /// <inheritdoc cref="AnalyzeAsync" path="/exception"/>
    /// <returns>Its id and how far it is.</returns>
    public async Task<AnalysisResponse> SubmitAsync(
        Stream clip, IProgress<long>? uploaded, CancellationToken cancellationToken, SubmitOptions? options = null)
    {
        using var accepted = await UploadAsync(clip, uploaded, options ?? new SubmitOptions(), wait: false, cancellationToken);
        return await ReadAsync(accepted, cancellationToken);
    }

    /// <summary>The analysis as it is now.</summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id any more, or its clip was of no use.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<AnalysisResponse> GetAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await GetAsync(AddressOf(id), cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    /// <summary>
    /// How far an analysis is, as it goes on; the last event is its answer. Whoever comes late hears the present state first. A connection that breaks off is made anew.
    /// </summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id any more, its clip was of no use, or it was cancelled.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async IAsyncEnumerable<AnalysisEvent> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var broken = 0; ;)
        {
            using var response = await GetAsync(AddressOf(id, "/events"), cancellationToken);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            await using var events = SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(events) is { } item)
            {
                broken = 0;
                var said = EventOf(item);
                yield return said;
                if (said.Result is not null)
                {
                    yield break;
                }
            }

            if (broken++ >= _retries.Maximum)
            {
                throw new HttpRequestException("The gateway breaks the connection off again and again before the analysis has ended.");
            }

            await Task.Delay(_retries.Pause(broken), cancellationToken);
        }
    }

    /// <summary>Analyses that the gateway knows, the newest first, asked for page by page as they are read.</summary>
    /// <param name="status">Only those; null for all.</param>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async IAsyncEnumerable<AnalysisSummary> ListAsync(AnalysisState? status, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int PageSize = 100;
        string? after = null;
        do
        {
            var wanted = status is { } some ? $"&status={JsonNamingPolicy.CamelCase.ConvertName(some.ToString())}" : "";
            var from = after is null ? "" : $"&after={Uri.EscapeDataString(after)}";
            using var response = await GetAsync(new Uri($"v1/analyses?limit={PageSize}{wanted}{from}", UriKind.Relative), cancellationToken);
            var page = Parse<AnalysisPage>(await response.Content.ReadAsStringAsync(cancellationToken));
            foreach (var one in page.Items)
            {
                yield return one;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Ends an analysis that waits or runs; its clip is deleted when this returns.</summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id, or it had ended already.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task CancelAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Post, AddressOf(id, "/cancel"), token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    /// <summary>Forgets an analysis and its answer, and ends it first where it waits or runs.</summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Delete, AddressOf(id), token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> UploadAsync(
        Stream clip, IProgress<long>? uploaded, SubmitOptions options, bool wait, CancellationToken cancellationToken)
    {
        if (ComesInPieces(clip))
        {
            return await UploadInPiecesAsync(clip, uploaded, options, wait, cancellationToken);
        }

        var (start, sent) = (clip.CanSeek ? clip.Position : 0, false);
        return await UploadAsync(
            "v1/analyses" + options.Query(wait, upload: null),
            () =>
            {
                if (sent)
                {
                    clip.Position = start;
                }

                sent = true;
                var content = new ProgressContent(clip, null, 0, uploaded);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                return content;
            },
            () => clip.CanSeek, options, cancellationToken);
    }

    private async Task<HttpResponseMessage> UploadAsync(
        string address, Func<HttpContent> content, Func<bool> again, SubmitOptions options, CancellationToken cancellationToken)
    {
        var response = await _retries.SendAsync(
            async token =>
            {
                using var request = Request(HttpMethod.Post, new Uri(address, UriKind.Relative));
                request.Content = content();
                request.Headers.Add("Idempotency-Key", options.IdempotencyKey);
                return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
            },
            again, cancellationToken);
        try
        {
            await ThrowIfRefusedAsync(response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Get, address, token), () => true, cancellationToken);
        try
        {
            await ThrowIfRefusedAsync(response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        var request = new HttpRequestMessage(method, address);
        if (_options.Key is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, CancellationToken cancellationToken)
    {
        using var request = Request(method, address);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Asks until the analysis is done, less often as time goes on.</summary>
    private async Task<AnalysisResponse> WaitAsync(Uri location, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromMilliseconds(200); ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, TimeSpan.FromSeconds(2).Ticks)))
        {
            using var response = await GetAsync(location, cancellationToken);
            var answer = await ReadAsync(response, cancellationToken);
            if (answer.Analysis.Status == AnalysisStatus.Done)
            {
                return answer;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }

    /// <summary>Null at the end of the stream, however it came.</summary>
    private static async Task<SseItem<string>?> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current : null;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static AnalysisEvent EventOf(SseItem<string> item) => item.EventType switch
    {
        "result" => new AnalysisEvent(null, new AnalysisResponse(Parse<Analysis>(item.Data), item.Data), item.Data),
        "problem" => throw Failure(Parse<Problem>(item.Data), null),
        _ => new AnalysisEvent(Parse<AnalysisProgress>(item.Data), null, item.Data),
    };

    private static async Task<AnalysisResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var raw = await response.Content.ReadAsStringAsync(cancellationToken);
        return new AnalysisResponse(Parse<Analysis>(raw), raw);
    }

    private static T Parse<T>(string raw)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(raw, Json) ?? throw new HttpRequestException("The gateway answered nothing.");
        }
        catch (JsonException unreadable)
        {
            throw new HttpRequestException($"The gateway's answer cannot be read; is this an Emotion gateway of the same version? {unreadable.Message}", unreadable);
        }
    }

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var problem = response.Content.Headers.ContentType?.MediaType is "application/problem+json"
            ? await response.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken) : null;
        throw Failure(problem, response.StatusCode);
    }

    private static Exception Failure(Problem? problem, HttpStatusCode? code)
    {
        var status = (int?)code ?? problem?.Status ?? 500;
        var detail = problem?.Detail ?? problem?.Title ?? $"HTTP {status}";
        return status is >= 400 and < 500 and not 429
            ? new AnalysisRefusedException(status, problem?.Reason ?? "refused", detail)
            : new HttpRequestException(detail, null, (HttpStatusCode)status);
    }

    private static Uri AddressOf(string id, string rest = "") => new($"v1/analyses/{Uri.EscapeDataString(id)}{rest}", UriKind.Relative);

    private sealed record Problem(string? Title, int? Status, string? Detail, string? Reason);
}
