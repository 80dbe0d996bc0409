namespace Emotion.Training.Datasets;

/// <summary>The files that texts are read from.</summary>
public static class TextCorpora
{
    /// <summary>How each is divided, for manifests.</summary>
    public const string Split = "the corpus's own train, dev and test";

    /// <summary>Of all of them.</summary>
    public static string Digest(DataRoot data) => Digest(data, "");

    /// <param name="corpus"><c>goemotions</c> or <c>meld</c>.</param>
    public static string Digest(DataRoot data, string corpus) => DataDigest.Of(
        Directory.EnumerateFiles(data.Corpus("text"), corpus + "*").Select(file => (Path.GetFileName(file), DataDigest.Of(File.ReadAllBytes(file)))));
}
