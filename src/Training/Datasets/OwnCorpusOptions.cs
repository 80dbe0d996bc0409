using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Emotion.Media.Archives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Emotion.Training.Datasets;

/// <summary>What a corpus of one's own may be. Configuration section <c>TrainingRuns:Corpus</c>.</summary>
public sealed class OwnCorpusOptions
{
    private const string Section = "TrainingRuns:Corpus";

    /// <summary>Of <c>labels.csv</c>.</summary>
    [Range(1, 1 << 30)]
    public int MaximumTableBytes { get; set; } = 16_000_000;

    /// <summary>Most clips.</summary>
    [Range(1, 1_000_000)]
    public int MaximumClips { get; set; } = 50_000;

    /// <summary>Of all clips together: of their sound, which is held in memory (an hour takes 115 MB), or of what shows a face (an hour takes 40 MB).</summary>
    [Range(1.0, 1_000_000.0)]
    public double MaximumSeconds { get; set; } = 36_000;

    /// <summary>So many faults are told at once.</summary>
    [Range(1, 1000)]
    public int MaximumFaults { get; set; } = 50;

    /// <summary>Of a corpus that comes as a zip.</summary>
    [ValidateObjectMembers]
    public ClipArchiveOptions Archive { get; set; } = new();

    /// <summary>For commands, and for the process of a run, whose service hands its own on: <see cref="ToEnvironment"/>.</summary>
    /// <exception cref="ArgumentException">One is out of its range: all of them, by name.</exception>
    public static OwnCorpusOptions FromEnvironment()
    {
        var options = new ConfigurationBuilder().AddEnvironmentVariables().Build().GetSection(Section).Get<OwnCorpusOptions>() ?? new OwnCorpusOptions();
        var checkedOptions = new OwnCorpusOptionsValidator().Validate(null, options);
        return checkedOptions.Failed ? throw new ArgumentException($"{Section}: {string.Join(' ', checkedOptions.Failures)}") : options;
    }

    /// <summary>As variables, less those of archives: what a run's process reads is unpacked already.</summary>
    public IEnumerable<(string Name, string Value)> ToEnvironment()
    {
        var section = Section.Replace(":", "__", StringComparison.Ordinal);
        yield return ($"{section}__{nameof(MaximumTableBytes)}", MaximumTableBytes.ToString(CultureInfo.InvariantCulture));
        yield return ($"{section}__{nameof(MaximumClips)}", MaximumClips.ToString(CultureInfo.InvariantCulture));
        yield return ($"{section}__{nameof(MaximumSeconds)}", MaximumSeconds.ToString(CultureInfo.InvariantCulture));
        yield return ($"{section}__{nameof(MaximumFaults)}", MaximumFaults.ToString(CultureInfo.InvariantCulture));
    }
}

/// <summary>Ranges of the options and of what lies in them, which `ValidateDataAnnotations` would not look into.</summary>
[OptionsValidator]
internal sealed partial class OwnCorpusOptionsValidator : IValidateOptions<OwnCorpusOptions>;

/// <summary>Where a corpus of one's own is, and what is said of it.</summary>
/// <param name="Path">A folder, or a zip.</param>
/// <param name="Name">For manifests.</param>
/// <param name="Licence">On whose terms its clips may be learned from; for manifests.</param>
/// <param name="CommercialUse">Whether those terms let the model be used commercially.</param>
public sealed record OwnCorpusSource(string Path, string Name, string Licence, bool CommercialUse)
{
    public const string NoLicence = "terms not stated: ask its owner";
}
