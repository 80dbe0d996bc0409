using System.Buffers.Text;

namespace Emotion.Media;

/// <summary>The header of a binary PPM picture, as ffmpeg writes it: <c>P6\n640 360\n255\n</c>, then width x height x 3 bytes.</summary>
internal static class PpmHeader
{
    private const int ShortestLength = 11;
    private const int LongestLength = 20;

    /// <summary>The size, or null at the end of the stream. Reads not one byte beyond the header.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async ValueTask<(int Width, int Height)?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var header = new byte[LongestLength];
        var length = await stream.ReadAtLeastAsync(header.AsMemory(0, ShortestLength), ShortestLength, false, cancellationToken)
            .ConfigureAwait(false);
        if (length == 0)
        {
            return null;
        }

        while (header.AsSpan(0, length).Count((byte)'\n') < 3 && length < LongestLength)
        {
            await stream.ReadExactlyAsync(header.AsMemory(length++, 1), cancellationToken).ConfigureAwait(false);
        }

        return Parse(header.AsSpan(0, length));
    }

    private static (int Width, int Height) Parse(ReadOnlySpan<byte> header)
    {
        if (header.StartsWith("P6\n"u8)
            && header.EndsWith("\n255\n"u8)
            && Utf8Parser.TryParse(header[3..], out int width, out var read)
            && Utf8Parser.TryParse(header[(3 + read + 1)..], out int height, out _)
            && width is > 0 and <= 4096
            && height is > 0 and <= 4096)
        {
            return (width, height);
        }

        throw new InvalidDataException("ffmpeg's output is no PPM picture of 1 to 4096 pixels a side.");
    }
}
