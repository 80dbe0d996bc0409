using System.Net;
using System.Net.Http.Headers;

namespace Emotion.Client;

/// <summary>Answers in other forms, for other programs.</summary>
public sealed partial class EmotionClient
{
    /// <summary>Writes a finished analysis in another form than JSON, as it comes: none of it is held in memory. An overlay that breaks off goes on where it was.</summary>
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
            AnalysisForm.Overlay => "overlay.mp4",
            _ => throw new ArgumentOutOfRangeException(nameof(form), form, "There is no such form of an analysis."),
        };
        if (form == AnalysisForm.Overlay)
        {
            await DownloadAsync(AddressOf(id, "/" + name), to, cancellationToken);
            return;
        }

        using var response = await GetAsync(AddressOf(id, "/" + name), cancellationToken);
        await response.Content.CopyToAsync(to, cancellationToken);
    }

    /// <summary>Of what is served in parts, each byte once, however often the connection breaks off.</summary>
    private async Task DownloadAsync(Uri address, Stream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        long written = 0;
        for (var broken = 0; ;)
        {
            var from = written;
            using var response = await _retries.SendAsync(token => SendFromAsync(address, from, token), () => true, cancellationToken);
            await ThrowIfRefusedAsync(response, cancellationToken);
            if (from > 0 && response.StatusCode != HttpStatusCode.PartialContent)
            {
                throw new HttpRequestException("The connection broke off, and the gateway does not go on where it was.");
            }

            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            int? read;
            while ((read = await ReadAsync(content, buffer, cancellationToken)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read.Value), cancellationToken);
                written += read.Value;
            }

            if (read is not null)
            {
                return;
            }

            broken = written > from ? 0 : broken + 1;
            if (broken > _retries.Maximum)
            {
                throw new HttpRequestException($"The connection broke off again and again after {written:N0} bytes.");
            }

            await Task.Delay(_retries.Pause(broken), cancellationToken);
        }
    }

    private async Task<HttpResponseMessage> SendFromAsync(Uri address, long from, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, address);
        request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Null where the connection broke off.</summary>
    private static async Task<int?> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return null;
        }
    }
}
