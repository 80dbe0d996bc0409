using System.ComponentModel.DataAnnotations;
using Emotion.Media.Archives;

namespace Emotion.Training.Datasets;

/// <summary>What a corpus of one's own may be.</summary>
public sealed class OwnCorpusOptions
{
    /// <summary>Of <c>labels.csv</c>.</summary>
    [Range(1, 1 << 30)]
    public int MaximumTableBytes { get; set; } = 16_000_000;

    /// <summary>Most clips.</summary>
    [Range(1, 1_000_000)]
    public int MaximumClips { get; set; } = 50_000;

    /// <summary>Sound of all clips together, which is held in memory: an hour takes 115 MB.</summary>
    [Range(1.0, 1_000_000.0)]
    public double MaximumSeconds { get; set; } = 36_000;

    /// <summary>So many faults are told at once.</summary>
    [Range(1, 1000)]
    public int MaximumFaults { get; set; } = 50;

    /// <summary>Of a corpus that comes as a zip.</summary>
    public ClipArchiveOptions Archive { get; set; } = new();
}

/// <summary>Where a corpus of one's own is, and what is said of it.</summary>
/// <param name="Path">A folder, or a zip.</param>
/// <param name="Name">For manifests.</param>
/// <param name="Licence">On whose terms its clips may be learned from; for manifests.</param>
/// <param name="CommercialUse">Whether those terms let the model be used commercially.</param>
public sealed record OwnCorpusSource(string Path, string Name, string Licence, bool CommercialUse)
{
    public const string NoLicence = "terms not stated: ask its owner";
}
