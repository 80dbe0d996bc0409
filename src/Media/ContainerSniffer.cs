namespace Emotion.Media;

/// <summary>A container that is allowed.</summary>
/// <param name="Name">What people call it, and what answers say: mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg, flac.</param>
/// <param name="Demuxer">ffmpeg's name of the one demuxer that reads it.</param>
public sealed record MediaContainer(string Name, string Demuxer);

/// <summary>
/// Tells the container from the first bytes, before any parser sees the file. Everything unknown is refused, playlists and scripts
/// (#EXTM3U, ffconcat, &lt;MPD, &lt;?xml, v=0) above all: those make a parser open other files.
/// </summary>
public static class ContainerSniffer
{
    /// <summary>Bytes that are enough to tell.</summary>
    public const int HeaderLength = 4096;

    private const string Allowed = "mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg, flac";

    /// <summary>Boxes that a QuickTime file may begin with where it has no <c>ftyp</c>.</summary>
    private static readonly uint[] QuickTimeBoxes = [Tag("moov"), Tag("mdat"), Tag("wide"), Tag("free"), Tag("skip"), Tag("pnot")];

    /// <summary>The container, or null where it is none that is allowed.</summary>
    /// <param name="header">The first <see cref="HeaderLength"/> bytes, or all where there are fewer.</param>
    public static MediaContainer? Sniff(ReadOnlySpan<byte> header)
    {
        if (header.Length < 12)
        {
            return null;
        }

        var first = BigEndian(header);
        var second = BigEndian(header[4..]);
        var third = BigEndian(header[8..]);
        return first switch
        {
            0x1A45DFA3 => Matroska(header),
            _ when second == Tag("ftyp") => third == Tag("qt  ") ? new("mov", "mov") : IsPicture(third) ? null : new("mp4", "mov"),
            _ when QuickTimeBoxes.Contains(second) => new("mov", "mov"),
            _ when first == Tag("RIFF") && third == Tag("AVI ") => new("avi", "avi"),
            _ when first is var riff && (riff == Tag("RIFF") || riff == Tag("RF64")) && third == Tag("WAVE") => new("wav", "wav"),
            _ when first >> 8 == 0x464C56 => new("flv", "flv"),
            _ when first == Tag("OggS") => new("ogg", "ogg"),
            _ when first == Tag("fLaC") => new("flac", "flac"),
            _ when first >> 8 == 0x494433 || IsMp3Frame(first) => new("mp3", "mp3"),
            _ => null,
        };
    }

    /// <exception cref="MediaRefusedException">The file's container is none that is allowed.</exception>
    public static async Task<MediaContainer> RequireAsync(string path, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderLength];
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        var length = await file.ReadAtLeastAsync(header, HeaderLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Require(header.AsSpan(0, length));
    }

    /// <exception cref="MediaRefusedException">The container is none that is allowed.</exception>
    public static MediaContainer Require(ReadOnlySpan<byte> header) =>
        Sniff(header) ?? throw MediaInstruments.Refuse(
            MediaRefusal.UnsupportedContainer,
            header.IsEmpty ? "The clip is empty." : $"The clip's first bytes are those of no container that is read here. Send one of: {Allowed}.");

    // The EBML header holds DocType (id 0x4282), length, then "matroska" or "webm", within its first bytes.
    private static MediaContainer? Matroska(ReadOnlySpan<byte> header)
    {
        var start = header[..Math.Min(header.Length, 128)];
        return start.IndexOf("\x42\x82\x84webm"u8) >= 0 || start.IndexOf("webm"u8) >= 0 ? new("webm", "matroska")
            : start.IndexOf("matroska"u8) >= 0 ? new("mkv", "matroska")
            : null;
    }

    // Still pictures in the same box format.
    private static bool IsPicture(uint brand) =>
        brand == Tag("avif") || brand == Tag("avis") || brand == Tag("heic") || brand == Tag("heix") || brand == Tag("mif1") || brand == Tag("msf1");

    // 11 bits of sync, a version that is not reserved, layer III, a bit rate and a sample rate that are not reserved.
    private static bool IsMp3Frame(uint word) =>
        word >> 21 == 0x7FF && ((word >> 19) & 3) != 1 && ((word >> 17) & 3) == 1 && ((word >> 12) & 15) is > 0 and < 15 && ((word >> 10) & 3) != 3;

    private static uint BigEndian(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private static uint Tag(string text) => ((uint)text[0] << 24) | ((uint)text[1] << 16) | ((uint)text[2] << 8) | text[3];
}
