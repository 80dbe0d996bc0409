using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Emotion.Features.Transcripts;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Uploads;
using Emotion.Media;

namespace Emotion.Gateway.Api;

/// <summary>What a request brought: how large its clip is and how long it took to come, its words where they came along, and the fields beside it.</summary>
public sealed record Upload(long Bytes, TimeSpan Elapsed, Features.Transcripts.Transcript? Transcript, UploadFields Fields);

/// <summary>
/// Streams the clip of a request to where clips lie, never holding more than a buffer of it in memory, and refuses what is no clip by its first
/// bytes and what is too much by its size, both before the rest of it is read.
/// </summary>
public sealed class ClipReceiver(IOptions<GatewayOptions> options, FFMpegGuard guard, TimeProvider clock)
{
    /// <summary>Boundaries, headers and small fields around the clip of a multipart body.</summary>
    private const int MultipartOverheadBytes = 64 * 1024;
    private const int MaximumParts = 16;
    private const int MaximumFieldBytes = 1024;
    private const int BufferBytes = 64 * 1024;
    private const string ClipPart = "clip";

    private readonly TimeSpan _deadline = options.Value.UploadDeadline;
    private readonly long _maximumBytes = guard.Options.MaximumBytes;
    private readonly TranscriptLimits _limits = options.Value.TranscriptLimits;

    /// <param name="clip">Gets it, byte by byte.</param>
    /// <param name="digest">Gets it too; null where nobody asks.</param>
    /// <param name="uploaded">The clip, where it came before: the body is a form of its words and fields then, or nothing.</param>
    /// <exception cref="RefusedException">The request or its clip is refused.</exception>
    public async Task<Upload> ReceiveAsync(
        HttpRequest request, IncomingClip clip, RequestDigest? digest, UploadedClip? uploaded, CancellationToken cancellationToken)
    {
        RefuseEncoded(request);
        BoundBody(request);
        using var deadline = new CancellationTokenSource(_deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return BoundaryOf(request) is { } boundary
                ? await ReceiveMultipartAsync(request, boundary, clip, digest, uploaded, either.Token)
                : Stored(
                    uploaded is null ? await StoreAsync(request.Body, clip, digest, either.Token) : await TakeAsync(uploaded, clip, digest, either.Token),
                    null, UploadFields.None);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status408RequestTimeout, "upload-too-slow", $"The upload took longer than {_deadline}."));
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RefusedException(Refusal.TooLarge(_maximumBytes), bad);
        }
    }

    // A compressed body would be a second way to hide a bomb, and a clip is compressed already.
    internal static void RefuseEncoded(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Any(encoding => !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status415UnsupportedMediaType, "encoded", $"Send the clip as it is, without Content-Encoding {request.Headers.ContentEncoding}."));
        }
    }

    private void BoundBody(HttpRequest request)
    {
        var maximum = _maximumBytes + _limits.Bytes + MultipartOverheadBytes;
        if (request.ContentLength > maximum)
        {
            throw new RefusedException(Refusal.TooLarge(_maximumBytes));
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maximum;
        }
    }

    private async Task<Upload> ReceiveMultipartAsync(
        HttpRequest request, string boundary, IncomingClip target, RequestDigest? digest, UploadedClip? uploaded, CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 };
        (long Bytes, TimeSpan Elapsed)? clip = uploaded is null ? null : await TakeAsync(uploaded, target, digest, cancellationToken);
        Features.Transcripts.Transcript? transcript = null;
        var fields = UploadFields.None;
        try
        {
            for (var parts = 0; await reader.ReadNextSectionAsync(cancellationToken) is { } section; parts++)
            {
                if (parts == MaximumParts)
                {
                    throw BadRequest("bad-multipart", $"The multipart body has more than {MaximumParts} parts.");
                }

                switch (PartName(section))
                {
                    case ClipPart when clip is null:
                        clip = await StoreAsync(section.Body, target, digest, cancellationToken);
                        break;
                    case TranscriptPart.Name when transcript is null:
                        transcript = await TranscriptPart.ReadAsync(section, _limits, cancellationToken);
                        break;
                    case (ClipPart or TranscriptPart.Name) and var twice:
                        throw BadRequest("bad-multipart", $"The multipart body has more than one part named {twice}; one analysis is of one clip and its words.");
                    case var field when UploadFields.Names.Contains(field):
                        fields = fields.With(field, await ReadFieldAsync(section.Body, cancellationToken));
                        break;
                    case var other:
                        throw BadRequest(
                            "bad-multipart",
                            $"The part '{other}' means nothing here; the parts are {ClipPart}, {TranscriptPart.Name}, {string.Join(", ", UploadFields.Names)}.");
                }
            }
        }
        catch (InvalidDataException broken)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status400BadRequest, "bad-multipart", "The multipart body is malformed: " + broken.Message), broken);
        }

        return Stored(clip ?? throw BadRequest("no-clip", $"The multipart body has no part named {ClipPart}."), transcript, fields);
    }

    /// <returns>Null where the body is no form.</returns>
    /// <exception cref="RefusedException">It is a form without a boundary.</exception>
    internal static string? BoundaryOf(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        return string.IsNullOrEmpty(boundary) || boundary.Length > 200
            ? throw BadRequest("bad-multipart", "The multipart body needs a boundary of at most 200 characters.")
            : boundary;
    }

    internal static string PartName(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            ? HeaderUtilities.RemoveQuotes(disposition.Name).ToString()
            : "";

    internal static async Task<string> ReadFieldAsync(Stream body, CancellationToken cancellationToken)
    {
        var value = new byte[MaximumFieldBytes + 1];
        var read = await body.ReadAtLeastAsync(value, value.Length, throwOnEndOfStream: false, cancellationToken);
        return read <= MaximumFieldBytes
            ? Encoding.UTF8.GetString(value, 0, read).Trim()
            : throw BadRequest("bad-multipart", $"A field is longer than {MaximumFieldBytes} bytes.");
    }

    private static Upload Stored((long Bytes, TimeSpan Elapsed) clip, Features.Transcripts.Transcript? transcript, UploadFields fields) =>
        new(clip.Bytes, clip.Elapsed, transcript, fields);

    /// <summary>What it is known by is its name: the same upload is used once.</summary>
    private async Task<(long Bytes, TimeSpan Elapsed)> TakeAsync(
        UploadedClip uploaded, IncomingClip clip, RequestDigest? digest, CancellationToken cancellationToken)
    {
        digest?.AppendClip(Encoding.UTF8.GetBytes("upload " + uploaded.Id));
        return uploaded.Bytes is null ? default
            : await TryTakeAsync(uploaded.Bytes, clip, cancellationToken) is { } taken ? taken
            : await StoreAsync(uploaded.Bytes, clip, null, cancellationToken);
    }

    /// <summary>Without copying it, however large it is.</summary>
    /// <returns>Null where it has to be copied.</returns>
    private async Task<(long Bytes, TimeSpan Elapsed)?> TryTakeAsync(FileStream upload, IncomingClip clip, CancellationToken cancellationToken)
    {
        var startedAt = clock.GetTimestamp();
        var header = new byte[ContainerSniffer.HeaderLength];
        RefuseUnknown(header.AsSpan(0, await upload.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellationToken)));
        if (upload.Length > _maximumBytes)
        {
            throw new RefusedException(Refusal.TooLarge(_maximumBytes));
        }

        if (clip.TryTake(upload.Name))
        {
            return (upload.Length, clock.GetElapsedTime(startedAt));
        }

        upload.Position = 0;
        return null;
    }

    /// <exception cref="RefusedException">It is no clip by its first bytes, or too large.</exception>
    internal async Task<(long Bytes, TimeSpan Elapsed)> StoreAsync(Stream body, IncomingClip clip, RequestDigest? digest, CancellationToken cancellationToken)
    {
        var startedAt = clock.GetTimestamp();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var read = await body.ReadAtLeastAsync(
                buffer.AsMemory(0, BufferBytes), ContainerSniffer.HeaderLength, throwOnEndOfStream: false, cancellationToken);
            RefuseUnknown(buffer.AsSpan(0, read));

            var bytes = 0L;
            for (; read > 0; read = await body.ReadAsync(buffer.AsMemory(0, BufferBytes), cancellationToken))
            {
                bytes += read;
                if (bytes > _maximumBytes)
                {
                    throw new RefusedException(Refusal.TooLarge(_maximumBytes));
                }

                digest?.AppendClip(buffer.AsSpan(0, read));
                await clip.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            return (bytes, clock.GetElapsedTime(startedAt));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void RefuseUnknown(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
        {
            throw BadRequest("empty", "The clip is empty.");
        }

        try
        {
            ContainerSniffer.Require(header);
        }
        catch (MediaRefusedException refused)
        {
            throw new RefusedException(Refusal.OfMedia(refused), refused);
        }
    }

    private static RefusedException BadRequest(string reason, string detail) =>
        new(new Refusal(StatusCodes.Status400BadRequest, reason, detail));
}
