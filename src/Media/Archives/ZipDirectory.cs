using System.Buffers.Binary;
using System.Text;

namespace Emotion.Media.Archives;

/// <summary>What the directory of a zip says of one entry; sizes are claims until the entry has been read.</summary>
/// <param name="Name">With its folders, as it is written there.</param>
/// <param name="Flags">Bit 0 and 6: encrypted. Bit 11: the name is UTF-8.</param>
/// <param name="Method">0 stored, 8 deflated.</param>
/// <param name="Crc">CRC-32 of the unpacked bytes.</param>
/// <param name="PackedBytes">In the archive: really there, and shared with no other entry.</param>
/// <param name="Bytes">Unpacked.</param>
/// <param name="UnixMode">File type and rights where the archive was made on Unix, else 0.</param>
/// <param name="Start">Of the packed bytes.</param>
internal sealed record ZipEntry(string Name, int Flags, int Method, uint Crc, long PackedBytes, long Bytes, int UnixMode, long Start)
{
    public bool IsFolder => Name.EndsWith('/') || Name.EndsWith('\\');

    public bool IsEncrypted => (Flags & 0x2041) != 0;
}

/// <summary>
/// The central directory of a zip, read record by record, so that a forged one cannot make more of itself than the options allow. Written here
/// because <c>ZipArchive</c> takes all of it into memory before anybody can count, and believes whichever end record it finds first.
/// </summary>
/// <example>The end: <c>PK\5\6</c>, disk (2), disk of the directory (2), records here (2), records (2), bytes (4), offset (4), comment (2 + n).</example>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, RecordSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, RecordLength = 46, LocalLength = 30, LongestComment = 65_535, LongestName = 1024;
    private const int MadeOnUnix = 3;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>All entries; the ranges of their packed bytes lie in the archive and do not overlap.</summary>
    /// <exception cref="ArchiveRefusedException">No zip that is read here, or more entries than are allowed.</exception>
    public static async Task<IReadOnlyList<ZipEntry>> ReadAsync(Stream archive, ClipArchiveOptions options, CancellationToken cancellationToken)
    {
        var (count, offset, length) = await EndAsync(archive, cancellationToken).ConfigureAwait(false);
        if (count > options.MaximumEntries)
        {
            throw TooMany(options);
        }

        archive.Position = offset;
        var records = new List<(ZipEntry Entry, long Header)>();
        var record = new byte[RecordLength];
        for (var left = length; left > 0;)
        {
            await ReadAsync(archive, record, cancellationToken).ConfigureAwait(false);
            var (entry, header, size) = await RecordAsync(archive, record, cancellationToken).ConfigureAwait(false);
            left -= size;
            if (records.Count == options.MaximumEntries)
            {
                throw TooMany(options);
            }

            records.Add((entry, header));
            archive.Position = offset + length - left;
            if (left < 0)
            {
                throw Damaged("its directory is shorter than it says");
            }
        }

        return records.Count == count
            ? await PlacedAsync(archive, records, offset, cancellationToken).ConfigureAwait(false)
            : throw Damaged($"its directory says {count} entries and has {records.Count}");
    }

    private static async Task<(int Count, long Offset, long Length)> EndAsync(Stream archive, CancellationToken cancellationToken)
    {
        var tail = new byte[(int)Math.Min(archive.Length, EndLength + LongestComment)];
        archive.Position = archive.Length - tail.Length;
        await ReadAsync(archive, tail, cancellationToken).ConfigureAwait(false);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            // The comment must reach to the end exactly: a comment that holds an end record of its own fools nobody.
            if (Long(end) == EndSignature && at + EndLength + Short(end[20..]) == tail.Length)
            {
                var (count, length, offset) = (Short(end[10..]), Long(end[12..]), Long(end[16..]));
                if (Short(end[4..]) != 0 || Short(end[6..]) != 0 || Short(end[8..]) != count)
                {
                    throw new ArchiveRefusedException(ArchiveRefusal.NotAZip, "The zip is one of several parts: send it as one.");
                }

                if (count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue)
                {
                    throw Zip64();
                }

                return offset + length == archive.Length - tail.Length + at
                    ? (count, offset, length)
                    : throw Damaged("its directory is not where it says");
            }
        }

        throw new ArchiveRefusedException(ArchiveRefusal.NotAZip, "This is no zip: its end is missing.");
    }

    private static async Task<(ZipEntry Entry, long Header, long Size)> RecordAsync(Stream archive, byte[] record, CancellationToken cancellationToken)
    {
        if (Long(record) != RecordSignature)
        {
            throw Damaged("its directory holds something else");
        }

        var (nameLength, extra, comment) = (Short(record.AsSpan(28)), Short(record.AsSpan(30)), Short(record.AsSpan(32)));
        if (nameLength is 0 or > LongestName)
        {
            throw new ArchiveRefusedException(ArchiveRefusal.BadName, $"An entry of the zip has a name of {nameLength} bytes: 1 to {LongestName} are taken.");
        }

        var name = new byte[nameLength];
        await ReadAsync(archive, name, cancellationToken).ConfigureAwait(false);
        var (packed, bytes, header) = (Long(record.AsSpan(20)), Long(record.AsSpan(24)), Long(record.AsSpan(42)));
        if (packed == uint.MaxValue || bytes == uint.MaxValue || header == uint.MaxValue)
        {
            throw Zip64();
        }

        var mode = record[5] == MadeOnUnix ? (int)(Long(record.AsSpan(38)) >> 16) : 0;
        var entry = new ZipEntry(NameOf(name), Short(record.AsSpan(8)), Short(record.AsSpan(10)), Long(record.AsSpan(16)), packed, bytes, mode, 0);
        return (entry, header, RecordLength + nameLength + extra + comment);
    }

    // Bytes that two entries share are how a small zip unpacks to petabytes (Fifield 2019).
    private static async Task<IReadOnlyList<ZipEntry>> PlacedAsync(
        Stream archive, List<(ZipEntry Entry, long Header)> records, long directory, CancellationToken cancellationToken)
    {
        var placed = new List<ZipEntry>(records.Count);
        var (local, free) = (new byte[LocalLength], 0L);
        foreach (var (entry, header) in records.OrderBy(record => record.Header))
        {
            if (header < free)
            {
                throw Damaged($"'{entry.Name}' shares its bytes with another entry");
            }

            archive.Position = header;
            await ReadAsync(archive, local, cancellationToken).ConfigureAwait(false);
            var start = header + LocalLength + Short(local.AsSpan(26)) + Short(local.AsSpan(28));
            free = start + entry.PackedBytes;
            if (Long(local) != LocalSignature || free > directory)
            {
                throw Damaged($"'{entry.Name}' is not where its directory says");
            }

            placed.Add(entry with { Start = start });
        }

        return placed;
    }

    private static string NameOf(byte[] name)
    {
        try
        {
            return Strict.GetString(name);
        }
        catch (DecoderFallbackException neither)
        {
            throw new ArchiveRefusedException(
                ArchiveRefusal.BadName, $"The zip names an entry '{Encoding.Latin1.GetString(name)}' in an encoding other than UTF-8: rename it.", neither);
        }
    }

    private static async Task ReadAsync(Stream archive, byte[] buffer, CancellationToken cancellationToken)
    {
        if (await archive.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false) < buffer.Length)
        {
            throw Damaged("it ends too early");
        }
    }

    internal static ArchiveRefusedException Damaged(string how, Exception? inner = null) =>
        new(ArchiveRefusal.Damaged, $"The zip is damaged: {how}.", inner);

    private static ArchiveRefusedException TooMany(ClipArchiveOptions options) =>
        new(ArchiveRefusal.TooManyEntries, $"The zip has more than {options.MaximumEntries} entries: send it in parts.");

    private static ArchiveRefusedException Zip64() =>
        new(ArchiveRefusal.NotAZip, "The zip is a zip64, for more than 4 GB or 65,534 entries: send smaller ones.");

    private static ushort Short(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint Long(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
