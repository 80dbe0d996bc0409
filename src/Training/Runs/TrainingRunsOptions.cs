using System.ComponentModel.DataAnnotations;
using Emotion.Training.Datasets;
using Microsoft.Extensions.Options;

namespace Emotion.Training.Runs;

/// <summary>Where runs are and what they may use. Configuration section <c>TrainingRuns</c>.</summary>
public sealed class TrainingRunsOptions
{
    public const string Section = "TrainingRuns";

    /// <summary>Of all runs, a folder each; empty for <c>.emotion/training-runs</c> in the repository.</summary>
    public string Folder { get; set; } = "";

    /// <summary>Corpora of one's own must lie in it; empty where whoever asks may name any path.</summary>
    public string CorporaFolder { get; set; } = "";

    /// <summary>Published packages, which trainings start from or stand on; empty for <c>models</c> in the repository.</summary>
    public string PackagesFolder { get; set; } = "";

    /// <summary>Runs that go at the same time.</summary>
    [Range(1, 64)]
    public int AtOnce { get; set; } = 1;

    /// <summary>Runs that wait; one more is refused.</summary>
    [Range(0, 1000)]
    public int MaximumQueued { get; set; } = 16;

    /// <summary>Runs that are kept, ended ones too: nothing is deleted by itself, so one more is refused.</summary>
    [Range(1, 100_000)]
    public int MaximumRuns { get; set; } = 1000;

    /// <summary>Runs in one answer of List.</summary>
    [Range(1, 1000)]
    public int MaximumListed { get; set; } = 100;

    /// <summary>Threads of one run.</summary>
    [Range(1, 256)]
    public int Threads { get; set; } = Environment.ProcessorCount;

    /// <summary>Memory that one run may write to, its heap and libtorch's tensors together: the kernel gives it no more.</summary>
    [Range(256, 1 << 20)]
    public int MemoryMegabytes { get; set; } = 8192;

    /// <summary>Of that, what .NET's heap may take.</summary>
    [Range(64, 1 << 20)]
    public int HeapMegabytes { get; set; } = 4096;

    /// <summary>
    /// What a run's log may take: half of it in <c>log.txt</c>, and what was there before in <c>log.txt.earlier</c>. Of a run that says more, the beginning is lost.
    /// </summary>
    [Range(1, 1024)]
    public int LogMegabytes { get; set; } = 32;

    /// <summary>Scheduling priority of runs: 0 is that of this host, 19 the lowest.</summary>
    [Range(0, 19)]
    public int Niceness { get; set; } = 10;

    /// <summary>A run that is asked to stop is killed if it has not by then.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often runs are looked after.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:01:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>What a corpus of one's own may be.</summary>
    [ValidateObjectMembers]
    public OwnCorpusOptions Corpus { get; set; } = new();

    public string RunsFolder => Path.GetFullPath(Folder.Length > 0 ? Folder : Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "training-runs"));

    public string Packages => Path.GetFullPath(PackagesFolder.Length > 0 ? PackagesFolder : Path.Combine(DataRoot.RepositoryRoot(), "models"));
}

/// <summary>Ranges of the options and of what lies in them, which `ValidateDataAnnotations` would not look into.</summary>
[OptionsValidator]
public sealed partial class TrainingRunsOptionsValidator : IValidateOptions<TrainingRunsOptions>;
