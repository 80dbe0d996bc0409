using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Emotion.Client;

/// <summary>Large clips in pieces, by tus 1.0.0: what has come is kept where the connection breaks off, and only the rest is sent.</summary>
public sealed partial class EmotionClient
{
    private const string Resumable = "Tus-Resumable", OffsetHeader = "Upload-Offset", LengthHeader = "Upload-Length";

    private static readonly TimeSpan PatienceOfDeleting = TimeSpan.FromSeconds(3);

    private bool ComesInPieces(Stream clip) => clip.CanSeek && clip.Length - clip.Position >= _options.InPiecesFrom;

    private async Task<HttpResponseMessage> UploadInPiecesAsync(
        Stream clip, IProgress<long>? uploaded, SubmitOptions options, bool wait, CancellationToken cancellationToken)
    {
        var note = new UploadNote(options.UploadNote);
        var id = await SendPiecesAsync(clip, uploaded, note, cancellationToken);
        var response = await UploadAsync(
            "v1/analyses" + options.Query(wait, id), () => new ByteArrayContent([]), () => true, options, cancellationToken);
        note.Delete();
        return response;
    }

    /// <returns>The name of the upload, all of which has arrived.</returns>
    private async Task<string> SendPiecesAsync(Stream clip, IProgress<long>? uploaded, UploadNote note, CancellationToken cancellationToken)
    {
        var (start, length) = (clip.Position, clip.Length - clip.Position);
        var (id, known) = note.Read() is { } noted ? (noted, await OffsetAsync(noted, length, cancellationToken)) : ("", null);
        if (known is null)
        {
            id = await BeginAsync(length, cancellationToken);
            note.Write(id);
        }

        try
        {
            await AppendAllAsync(id, clip, start, known ?? 0, length, uploaded, cancellationToken);
            return id;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !note.IsKept)
        {
            await GiveUpAsync(id); // Nobody could go on with it.
            throw;
        }
    }

    private async Task AppendAllAsync(
        string id, Stream clip, long start, long offset, long length, IProgress<long>? uploaded, CancellationToken cancellationToken)
    {
        uploaded?.Report(offset);
        for (var broken = 0; offset < length;)
        {
            clip.Position = start + offset;
            if (await AppendAsync(id, clip, offset, Math.Min(_options.PieceBytes, length - offset), uploaded, cancellationToken) is { } reached)
            {
                (offset, broken) = (reached, 0);
                continue;
            }

            if (broken >= _retries.Maximum)
            {
                throw new HttpRequestException($"The upload broke off again and again; {offset:N0} of {length:N0} bytes have arrived.");
            }

            await Task.Delay(_retries.Pause(broken++), cancellationToken);
            var arrived = await OffsetAsync(id, length, cancellationToken)
                ?? throw new AnalysisRefusedException(404, "unknown-upload", "The gateway has forgotten the upload. Send the clip again.");
            broken = arrived > offset ? 0 : broken;
            offset = arrived;
            uploaded?.Report(offset);
        }
    }

    /// <returns>How much has arrived; null where it broke off, or another request still holds the upload.</returns>
    private async Task<long?> AppendAsync(string id, Stream clip, long offset, long bytes, IProgress<long>? uploaded, CancellationToken cancellationToken)
    {
        try
        {
            using var request = Request(HttpMethod.Patch, AddressOfUpload(id));
            request.Headers.Add(Resumable, "1.0.0");
            request.Headers.Add(OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
            request.Content = new ProgressContent(clip, bytes, offset, uploaded) { Headers = { ContentType = new MediaTypeHeaderValue("application/offset+octet-stream") } };
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode is HttpStatusCode.Locked or HttpStatusCode.Conflict || Retries.IsBusy(response.StatusCode))
            {
                return null;
            }

            await ThrowIfRefusedAsync(response, cancellationToken);
            return NumberOf(response, OffsetHeader);
        }
        catch (Exception broken) when (broken is HttpRequestException { StatusCode: null } || (broken is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private async Task<string> BeginAsync(long length, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(
            async token =>
            {
                using var request = Request(HttpMethod.Post, new Uri("v1/uploads", UriKind.Relative));
                request.Headers.Add(Resumable, "1.0.0");
                request.Headers.Add(LengthHeader, length.ToString(CultureInfo.InvariantCulture));
                return await http.SendAsync(request, token);
            },
            () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
        return response.Headers.Location?.OriginalString.Split('/')[^1] ?? throw new HttpRequestException("The gateway began an upload and did not say where it is.");
    }

    /// <returns>Null where there is no such upload any more, or one of another length.</returns>
    private async Task<long?> OffsetAsync(string id, long length, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Head, id, token), () => true, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await ThrowIfRefusedAsync(response, cancellationToken);
        return NumberOf(response, LengthHeader) == length ? NumberOf(response, OffsetHeader) : null;
    }

    private async Task GiveUpAsync(string id)
    {
        using var patience = new CancellationTokenSource(PatienceOfDeleting);
        try
        {
            using var response = await SendAsync(HttpMethod.Delete, id, patience.Token);
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            // The gateway deletes it by itself, later.
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string upload, CancellationToken cancellationToken)
    {
        using var request = Request(method, AddressOfUpload(upload));
        request.Headers.Add(Resumable, "1.0.0");
        return await http.SendAsync(request, cancellationToken);
    }

    private static long NumberOf(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new HttpRequestException($"The gateway answered without {header}; does something between here and there take headers away?");

    private static Uri AddressOfUpload(string id) => new($"v1/uploads/{Uri.EscapeDataString(id)}", UriKind.Relative);
}
