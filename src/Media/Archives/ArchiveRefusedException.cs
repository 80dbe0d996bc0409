namespace Emotion.Media.Archives;

/// <summary>Why an archive is not unpacked.</summary>
public enum ArchiveRefusal
{
    /// <summary>No zip, or one in several parts, or a zip64.</summary>
    NotAZip,

    /// <summary>Cut short, or its parts contradict each other.</summary>
    Damaged,

    /// <summary>Nothing to unpack.</summary>
    Empty,

    /// <summary>More bytes than <see cref="ClipArchiveOptions.MaximumBytes"/>.</summary>
    TooManyBytes,

    /// <summary>More entries than <see cref="ClipArchiveOptions.MaximumEntries"/>.</summary>
    TooManyEntries,

    /// <summary>A file unpacks to more than <see cref="ClipArchiveOptions.MaximumEntryBytes"/>.</summary>
    EntryTooLarge,

    /// <summary>All unpack to more than <see cref="ClipArchiveOptions.MaximumUnpackedBytes"/>.</summary>
    TooManyUnpackedBytes,

    /// <summary>A file unpacks to more than <see cref="ClipArchiveOptions.MaximumRatio"/> times its bytes: a zip bomb.</summary>
    RatioTooHigh,

    /// <summary>An entry is encrypted.</summary>
    Encrypted,

    /// <summary>Neither stored nor deflated.</summary>
    UnsupportedCompression,

    /// <summary>A symbolic link, a device, a pipe.</summary>
    NoFile,

    /// <summary>An archive in the archive.</summary>
    NestedArchive,

    /// <summary>A name that is none, or one of a device.</summary>
    BadName,

    /// <summary>Two entries have one name, once their folders are left out.</summary>
    DuplicateName,
}

/// <summary>The archive is refused. <see cref="Exception.Message"/> is written for the person who sent it: it names the entry, and no path of this machine.</summary>
public sealed class ArchiveRefusedException(ArchiveRefusal reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public ArchiveRefusal Reason { get; } = reason;
}
