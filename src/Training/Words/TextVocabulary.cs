using Emotion.Features.Words;
using Emotion.Training.Recipes;

namespace Emotion.Training.Words;

/// <summary>The pieces that a text is read by, and what is known of them before training.</summary>
/// <param name="Pieces">In order of their numbers.</param>
/// <param name="Given">[pieces x width], a row a piece, zero where nothing is known; empty without word vectors.</param>
public sealed record TextVocabulary(IReadOnlyList<string> Pieces, float[] Given)
{
    /// <summary>
    /// Pieces that the training texts themselves give and, with word vectors, words that have one: those of the training texts, the most
    /// frequent first, then those that are frequent with the vectors' authors, so that words are understood that no training text has.
    /// </summary>
    public static TextVocabulary Of(IReadOnlyCollection<string> texts, TextRecipe recipe)
    {
        var pieces = PieceTrainer.Train(texts, recipe.Pieces, recipe.RarestWord);
        if (recipe.Vectors.Length == 0)
        {
            return new TextVocabulary(pieces, []);
        }

        var counts = PieceTrainer.Count(texts);
        return With(pieces, counts, WordVectors.OfPackage(recipe.Vectors, word => counts.ContainsKey(WordReader.Mark + word), recipe.Words), recipe.Words);
    }

    /// <param name="counts">Of the words of the training texts, marks before them.</param>
    /// <param name="words">Pieces and words together, at most.</param>
    internal static TextVocabulary With(IReadOnlyList<string> pieces, IReadOnlyDictionary<string, int> counts, WordVectors vectors, int words)
    {
        var own = vectors.Words.Select(word => WordReader.Mark + word).OrderByDescending(word => counts.GetValueOrDefault(word)); // A stable sort.
        List<string> all = [.. pieces.Concat(own.Where(IsOneWord)).Distinct(StringComparer.Ordinal).Take(Math.Max(words, pieces.Count))];
        var given = new float[all.Count * vectors.Width];
        for (var piece = WordPieces.Reserved.Count; piece < all.Count; piece++)
        {
            if (all[piece][0] == WordReader.Mark)
            {
                vectors.Of(all[piece][1..]).CopyTo(given.AsSpan(piece * vectors.Width));
            }
        }

        return new TextVocabulary(all, given);
    }

    // Others would never be met: a text is cut into words first.
    private static bool IsOneWord(string marked)
    {
        if (marked.Length > WordReader.Longest)
        {
            return false;
        }

        var reader = new WordReader(marked.AsSpan(1), stackalloc char[WordReader.Longest]);
        return reader.Next(out var word) && word.SequenceEqual(marked) && !reader.Next(out _);
    }
}
