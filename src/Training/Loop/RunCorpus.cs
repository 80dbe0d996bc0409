using Emotion.Media.Archives;
using Emotion.Training.Datasets;

namespace Emotion.Training.Loop;

/// <summary>What a run keeps of the corpus of one's own that it learns from: <c>corpus.json</c>, and of a zip the files.</summary>
/// <param name="Folder">Where it is read from.</param>
/// <param name="Digest">It must have when the run goes on, and when its network is judged.</param>
public sealed record RunCorpus(string Name, string Folder, string Digest, string Licence, bool CommercialUse)
{
    public const string FileName = "corpus.json";
    private const string UnpackedFolder = "corpus";

    /// <summary>Takes a corpus into a run, or takes up the one that the run has.</summary>
    /// <exception cref="CorpusException">It is not as it must be.</exception>
    /// <exception cref="ArgumentException">There is none, or the run has begun with another one.</exception>
    public static async Task<(RunCorpus Kept, OwnCorpus Corpus)> BeginAsync(
        RunFolder run, OwnCorpusSource? source, OwnCorpusOptions options, CancellationToken cancellationToken)
    {
        if (source is null)
        {
            return await ReopenAsync(run, options, cancellationToken);
        }

        var known = run.Has(FileName) ? run.ReadJson<RunCorpus>(FileName) : null;
        var folder = File.Exists(source.Path) ? await UnpackedAsync(run, source.Path, options, cancellationToken)
            : Directory.Exists(source.Path) ? Path.GetFullPath(source.Path)
            : throw new CorpusException($"There is no corpus '{source.Path}': give a folder or a zip.");
        try
        {
            var corpus = await OwnCorpus.ReadAsync(folder, options, cancellationToken);
            if (known is not null && known.Digest != corpus.Digest && run.Epochs > 0)
            {
                throw new ArgumentException($"The run began with another corpus, '{known.Name}': give another folder as --run.");
            }

            var kept = new RunCorpus(source.Name, Settled(run, folder), corpus.Digest, source.Licence, source.CommercialUse);
            run.WriteJson(FileName, kept);
            return (kept, corpus with { Folder = kept.Folder, Clips = [.. corpus.Clips.Select(clip => clip with { File = Moved(clip.File, folder, kept.Folder) })] });
        }
        catch
        {
            if (folder == Partial(run))
            {
                Directory.Delete(folder, recursive: true);
                LeaveIfEmpty(run);
            }

            throw;
        }
    }

    /// <summary>The corpus of a run, as it must still be.</summary>
    /// <exception cref="CorpusException">It has changed, or is gone.</exception>
    /// <exception cref="ArgumentException">The run has none.</exception>
    public static async Task<(RunCorpus Kept, OwnCorpus Corpus)> ReopenAsync(RunFolder run, OwnCorpusOptions options, CancellationToken cancellationToken)
    {
        var kept = run.Has(FileName)
            ? run.ReadJson<RunCorpus>(FileName)
            : throw new ArgumentException("The recipe learns from a corpus of your own: give a folder or a zip as --corpus.");
        var corpus = await OwnCorpus.ReadAsync(kept.Folder, options, cancellationToken);
        return corpus.Digest == kept.Digest
            ? (kept, corpus)
            : throw new CorpusException($"The corpus in '{kept.Folder}' has changed since the run began: make it as it was, or begin another run.");
    }

    private static async Task<string> UnpackedAsync(RunFolder run, string zip, OwnCorpusOptions options, CancellationToken cancellationToken)
    {
        var folder = Partial(run);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        try
        {
            await new ClipArchive(options.Archive).UnpackAsync(zip, folder, cancellationToken);
            return folder;
        }
        catch (ArchiveRefusedException refused)
        {
            LeaveIfEmpty(run);
            throw new CorpusException($"The corpus '{OwnCorpus.Name(zip)}' cannot be used: {refused.Message}");
        }
    }

    // A run that had not begun before is not there after a refusal either.
    private static void LeaveIfEmpty(RunFolder run)
    {
        if (Path.GetDirectoryName(Partial(run)) is { } folder && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }

    // Checked files take the place of what an earlier try has left.
    private static string Settled(RunFolder run, string folder)
    {
        if (folder != Partial(run))
        {
            return folder;
        }

        var place = run.FilePath(UnpackedFolder);
        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }

        Directory.Move(folder, place);
        return Path.GetFullPath(place);
    }

    private static string Moved(string file, string from, string to) => Path.Combine(to, Path.GetRelativePath(from, file));

    private static string Partial(RunFolder run) => run.FilePath(UnpackedFolder + ".partial");
}
