using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;

namespace Emotion.Training.Loop;

/// <summary>The corpus of one's own that a package learned from, whose run may be gone.</summary>
public static class PackageCorpus
{
    /// <param name="dataset">As the package names it.</param>
    /// <param name="use">What a zip becomes is there as long as this.</param>
    /// <exception cref="CorpusMissingException">It is not given.</exception>
    /// <exception cref="CorpusException">What is given is another.</exception>
    public static async Task<T> UseAsync<T>(
        DataRoot data, DatasetManifest dataset, Func<RunCorpus, OwnCorpus, Task<T>> use, CancellationToken cancellationToken)
    {
        var own = data.Own ?? throw new CorpusMissingException($"The package learned from the corpus '{dataset.Name}': give its folder or zip as --corpus.");
        var unpacked = Directory.CreateTempSubdirectory("emotion-corpus-");
        try
        {
            var (kept, corpus) = await RunCorpus.BeginAsync(new RunFolder(unpacked.FullName), own with { Name = dataset.Name }, OwnCorpusOptions.FromEnvironment(), cancellationToken);
            return corpus.Digest == dataset.Digest
                ? await use(kept, corpus)
                : throw new CorpusException($"'{own.Path}' is not the corpus '{dataset.Name}' that the package learned from: its digest is another.");
        }
        finally
        {
            // A refused zip takes an empty run with it.
            if (Directory.Exists(unpacked.FullName))
            {
                unpacked.Delete(recursive: true);
            }
        }
    }
}
