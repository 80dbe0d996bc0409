using System.Buffers;
using Emotion.Features.Transcripts;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Emotion.Gateway.Api;

/// <summary>The part of a multipart body that brings the clip's words: plain text, SubRip or WebVTT.</summary>
internal static class TranscriptPart
{
    public const string Name = "transcript";

    /// <exception cref="RefusedException">It cannot be read, or is too long; the reason quotes nothing of it.</exception>
    public static async Task<Features.Transcripts.Transcript> ReadAsync(
        MultipartSection section, TranscriptLimits limits, CancellationToken cancellationToken)
    {
        var rented = ArrayPool<byte>.Shared.Rent(limits.Bytes + 1);
        try
        {
            var read = await section.Body.ReadAtLeastAsync(
                rented.AsMemory(0, limits.Bytes + 1), limits.Bytes + 1, throwOnEndOfStream: false, cancellationToken);
            return read <= limits.Bytes
                ? TranscriptParser.Parse(rented.AsSpan(0, read), FormatOf(section), limits)
                : throw Refused(StatusCodes.Status413PayloadTooLarge, $"The transcript has more than {limits.Bytes:N0} bytes.");
        }
        catch (TranscriptException unreadable)
        {
            throw Refused(StatusCodes.Status400BadRequest, unreadable.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true); // What is private stays in no pool.
        }
    }

    /// <summary>As the caller declared it by media type or file name; null to tell it from the first lines.</summary>
    private static TranscriptFormat? FormatOf(MultipartSection section)
    {
        var type = MediaTypeHeaderValue.TryParse(section.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var file = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
            ? HeaderUtilities.RemoveQuotes(disposition.FileName).Value
            : null;
        return (type?.ToLowerInvariant(), Path.GetExtension(file)?.ToLowerInvariant()) switch
        {
            ("text/vtt", _) or (_, ".vtt") => TranscriptFormat.WebVtt,
            ("application/x-subrip", _) or (_, ".srt") => TranscriptFormat.SubRip,
            (_, ".txt") => TranscriptFormat.PlainText,
            _ => null,
        };
    }

    private static RefusedException Refused(int status, string detail) => new(new Refusal(status, "bad-transcript", detail));
}
