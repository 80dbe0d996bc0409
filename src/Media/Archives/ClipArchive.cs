using System.IO.Compression;
using System.IO.Hashing;

namespace Emotion.Media.Archives;

/// <summary>A file that was unpacked.</summary>
/// <param name="Name">In the folder that it was unpacked to: the entry's, without folders.</param>
/// <param name="Entry">As the archive names it.</param>
/// <param name="Bytes">So many.</param>
public sealed record UnpackedFile(string Name, string Entry, long Bytes);

/// <summary>
/// Unpacks a zip of clips that somebody has sent. What the archive says of itself is believed in nothing: limits hold for what is really read, and are
/// held while it is; names lose their folders; links, devices, encrypted entries and archives in the archive are refused.
/// </summary>
public sealed class ClipArchive(ClipArchiveOptions options)
{
    private const int Block = 65_536, FileTypeMask = 0xF000, RegularFile = 0x8000, Folder = 0x4000;

    /// <param name="archive">Path of the zip.</param>
    /// <param name="folder">Must not be there; after a refusal, a failure or a cancellation it is not there again.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>The files, in the order of their bytes in the archive.</returns>
    /// <exception cref="ArchiveRefusedException">The archive is beyond a limit or holds what is not taken.</exception>
    /// <exception cref="IOException">The folder is there already.</exception>
    public async Task<IReadOnlyList<UnpackedFile>> UnpackAsync(string archive, string folder, CancellationToken cancellationToken)
    {
        using var activity = MediaInstruments.Activities.StartActivity("unpack archive");
        if (Path.Exists(folder))
        {
            throw new IOException($"'{folder}' is there already: an archive is unpacked into a folder of its own.");
        }

        try
        {
            await using var file = new FileStream(archive, FileMode.Open, FileAccess.Read, FileShare.Read, Block, useAsync: true);
            activity?.SetTag("emotion.media.archive.bytes", file.Length);
            Directory.CreateDirectory(folder);
            var files = await UnpackAsync(file, folder, cancellationToken).ConfigureAwait(false);
            activity?.SetTag("emotion.media.archive.files", files.Count);
            return files;
        }
        catch (Exception failure)
        {
            if (failure is ArchiveRefusedException refused)
            {
                MediaInstruments.Refused(refused.Reason);
                activity?.SetTag("emotion.media.archive.refusal", refused.Reason.ToString());
            }

            MediaWorkspace.Delete(folder);
            throw;
        }
    }

    private async Task<IReadOnlyList<UnpackedFile>> UnpackAsync(FileStream archive, string folder, CancellationToken cancellationToken)
    {
        if (archive.Length > options.MaximumBytes)
        {
            throw Refuse(ArchiveRefusal.TooManyBytes, $"The zip is larger than {options.MaximumBytes} bytes: send it in parts.");
        }

        var entries = await ZipDirectory.ReadAsync(archive, options, cancellationToken).ConfigureAwait(false);
        var taken = Taken(entries); // Before the first byte is unpacked: a refusal by name costs nothing.
        var (files, total) = (new List<UnpackedFile>(taken.Count), 0L);
        foreach (var (name, entry) in taken)
        {
            archive.Position = entry.Start;
            var bytes = await UnpackAsync(archive, entry, Path.Combine(folder, name), options.MaximumUnpackedBytes - total, cancellationToken)
                .ConfigureAwait(false);
            total += bytes;
            files.Add(new UnpackedFile(name, entry.Name, bytes));
        }

        return files;
    }

    private static List<(string Name, ZipEntry Entry)> Taken(IReadOnlyList<ZipEntry> entries)
    {
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var taken = new List<(string, ZipEntry)>();
        foreach (var entry in entries)
        {
            if ((entry.UnixMode & FileTypeMask) is not (0 or RegularFile or Folder))
            {
                throw Refuse(ArchiveRefusal.NoFile, $"'{entry.Name}' is a link or a device: put the file itself into the zip.");
            }

            if (entry.IsFolder || EntryNames.IsLitter(entry.Name))
            {
                continue;
            }

            var name = EntryNames.Last(entry.Name);
            if (EntryNames.Fault(name) is { } fault)
            {
                throw Refuse(ArchiveRefusal.BadName, $"'{entry.Name}' {fault}: rename it.");
            }

            if (entry.IsEncrypted)
            {
                throw Refuse(ArchiveRefusal.Encrypted, $"'{entry.Name}' is encrypted: make the zip without a password.");
            }

            if (entry.Method is not (0 or 8))
            {
                throw Refuse(ArchiveRefusal.UnsupportedCompression, $"'{entry.Name}' is compressed by method {entry.Method}: store or deflate it.");
            }

            if (EntryNames.IsArchive(name))
            {
                throw Nested(entry);
            }

            if (!names.TryAdd(name, entry.Name))
            {
                throw Refuse(ArchiveRefusal.DuplicateName, $"'{names[name]}' and '{entry.Name}' have one name without their folders: rename one.");
            }

            taken.Add((name, entry));
        }

        return taken.Count > 0 ? taken : throw Refuse(ArchiveRefusal.Empty, "The zip holds no file.");
    }

    private async Task<long> UnpackAsync(Stream archive, ZipEntry entry, string path, long room, CancellationToken cancellationToken)
    {
        var packed = new PackedStream(archive, entry.PackedBytes);
        await using var source = entry.Method == 0 ? packed : (Stream)new DeflateStream(packed, CompressionMode.Decompress);
        await using var target = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, useAsync: true);
        var (buffer, bytes, crc) = (new byte[Block], 0L, new Crc32());
        try
        {
            while (true)
            {
                var read = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                if (bytes == 0 && EntryNames.IsArchive(buffer.AsSpan(0, read)))
                {
                    throw Nested(entry);
                }

                bytes += read;
                Bound(entry, bytes, room);
                crc.Append(buffer.AsSpan(0, read));
                await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (InvalidDataException broken)
        {
            throw ZipDirectory.Damaged($"'{entry.Name}' does not unpack", broken);
        }

        return bytes == entry.Bytes && crc.GetCurrentHashAsUInt32() == entry.Crc
            ? bytes
            : throw ZipDirectory.Damaged($"'{entry.Name}' is not what its directory says");
    }

    private void Bound(ZipEntry entry, long bytes, long room)
    {
        if (bytes > options.UncheckedBytes && bytes > options.MaximumRatio * entry.PackedBytes)
        {
            throw Refuse(ArchiveRefusal.RatioTooHigh, $"'{entry.Name}' unpacks to more than {options.MaximumRatio:0} times its bytes.");
        }

        if (bytes > options.MaximumEntryBytes)
        {
            throw Refuse(ArchiveRefusal.EntryTooLarge, $"'{entry.Name}' unpacks to more than {options.MaximumEntryBytes} bytes.");
        }

        if (bytes > room)
        {
            throw Refuse(ArchiveRefusal.TooManyUnpackedBytes, $"The zip unpacks to more than {options.MaximumUnpackedBytes} bytes: send it in parts.");
        }
    }

    private static ArchiveRefusedException Nested(ZipEntry entry) =>
        Refuse(ArchiveRefusal.NestedArchive, $"'{entry.Name}' is an archive in the archive: put its files into the zip themselves.");

    private static ArchiveRefusedException Refuse(ArchiveRefusal reason, string message) => new(reason, message);
}
