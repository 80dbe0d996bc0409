using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Emotion.Client;

/// <summary>Typed client of the gateway's HTTP API. Give it an <see cref="HttpClient"/> whose BaseAddress is the gateway.</summary>
public sealed class EmotionClient(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

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

    /// <summary>Uploads a clip and waits for the answer.</summary>
    /// <param name="clip">Read once, from its position to its end; its length must be known.</param>
    /// <param name="uploaded">Told the bytes sent so far.</param>
    /// <exception cref="AnalysisRefusedException">The gateway refused the clip, and says why.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<AnalysisResponse> AnalyzeAsync(Stream clip, IProgress<long>? uploaded, CancellationToken cancellationToken)
    {
        using var content = new ProgressContent(clip, uploaded);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("v1/analyses?wait=true", UriKind.Relative)) { Content = content };
        using var accepted = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await ThrowIfRefusedAsync(accepted, cancellationToken);
        return accepted.StatusCode == HttpStatusCode.Accepted
            ? await WaitAsync(accepted.Headers.Location ?? throw new HttpRequestException("The gateway accepted the clip and did not say where its answer will be."), cancellationToken)
            : await ReadAsync(accepted, cancellationToken);
    }

    /// <summary>Writes a finished analysis in another form than JSON.</summary>
    /// <param name="id">Of the analysis.</param>
    /// <param name="to">Where it is written.</param>
    /// <exception cref="AnalysisRefusedException">There is no such analysis any more, or it is not done.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task WriteAsync(string id, AnalysisForm form, Stream to, CancellationToken cancellationToken)
    {
        var name = form switch
        {
            AnalysisForm.Csv => "windows.csv",
            AnalysisForm.SubRip => "emotions.srt",
            AnalysisForm.WebVtt => "emotions.vtt",
            AnalysisForm.Svg => "timeline.svg",
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "There is no such form of an analysis."),
        };
        using var response = await http.GetAsync(
            new Uri($"v1/analyses/{Uri.EscapeDataString(id)}/{name}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        await response.Content.CopyToAsync(to, cancellationToken);
    }

    /// <summary>Asks until the analysis is done, less often as time goes on.</summary>
    private async Task<AnalysisResponse> WaitAsync(Uri location, CancellationToken cancellationToken)
    {
        for (var pause = TimeSpan.FromMilliseconds(200); ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 3 / 2, TimeSpan.FromSeconds(2).Ticks)))
        {
            using var response = await http.GetAsync(location, cancellationToken);
            await ThrowIfRefusedAsync(response, cancellationToken);
            var answer = await ReadAsync(response, cancellationToken);
            if (answer.Analysis.Status == AnalysisStatus.Done)
            {
                return answer;
            }

            await Task.Delay(pause, cancellationToken);
        }
    }

    private static async Task<AnalysisResponse> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var raw = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return new AnalysisResponse(JsonSerializer.Deserialize<Analysis>(raw, Json) ?? throw new HttpRequestException("The gateway answered nothing."), raw);
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

        Problem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json")
        {
            problem = await response.Content.ReadFromJsonAsync<Problem>(Json, cancellationToken);
        }

        var detail = problem?.Detail ?? problem?.Title ?? $"HTTP {(int)response.StatusCode}";
        throw (int)response.StatusCode is >= 400 and < 500 and not 429
            ? new AnalysisRefusedException((int)response.StatusCode, problem?.Reason ?? "refused", detail)
            : new HttpRequestException(detail, null, response.StatusCode);
    }

    private sealed record Problem(string? Title, string? Detail, string? Reason);
}

/// <summary>Forms of an analysis for other programs.</summary>
public enum AnalysisForm
{
    /// <summary>Comma-separated values, a line for each window and modality.</summary>
    Csv,

    /// <summary>SubRip subtitles, a cue for each window.</summary>
    SubRip,

    /// <summary>WebVTT, a cue for each window.</summary>
    WebVtt,

    /// <summary>A picture of the answers over time.</summary>
    Svg,
}

/// <summary>An answer, and the JSON it was read from.</summary>
public sealed record AnalysisResponse(Analysis Analysis, string Raw);

/// <summary>The clip or the request cannot be answered; sending it again will not help.</summary>
public sealed class AnalysisRefusedException(int status, string reason, string detail) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>A word for programs, for example <c>too-large</c>.</summary>
    public string Reason { get; } = reason;
}
