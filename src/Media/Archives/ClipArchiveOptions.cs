using System.ComponentModel.DataAnnotations;

namespace Emotion.Media.Archives;

/// <summary>What a zip of clips may be. Configuration section <c>Media:Archive</c>.</summary>
public sealed class ClipArchiveOptions
{
    public const string Section = "Media:Archive";

    /// <summary>Largest archive in bytes.</summary>
    [Range(1, 4_294_967_294)]
    public long MaximumBytes { get; set; } = 2_000_000_000;

    /// <summary>Most entries, folders among them.</summary>
    [Range(1, 65_534)]
    public int MaximumEntries { get; set; } = 10_000;

    /// <summary>Largest file of the archive, unpacked.</summary>
    [Range(1, 4_294_967_294)]
    public long MaximumEntryBytes { get; set; } = 200_000_000;

    /// <summary>All files together, unpacked.</summary>
    [Range(1, 1L << 40)]
    public long MaximumUnpackedBytes { get; set; } = 4_000_000_000;

    /// <summary>A file may unpack to so many times what it takes in the archive; sound without a word in it gets to some twenty.</summary>
    [Range(1.0, 1032.0)]
    public double MaximumRatio { get; set; } = 100;

    /// <summary>Up to so many bytes a file may unpack to whatever the ratio: a short list is not suspicious for being dull.</summary>
    [Range(0, 1 << 30)]
    public int UncheckedBytes { get; set; } = 65_536;
}
