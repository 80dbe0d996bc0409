using System.Runtime.InteropServices;
using Emotion.Features.Words;

namespace Emotion.Training.Words;

/// <summary>
/// A vocabulary of pieces of words out of texts: byte pair encoding (Sennrich et al. 2016) over characters. Pieces that stand beside each
/// other most often become one, until there are as many as asked for. The same texts give the same vocabulary.
/// </summary>
public sealed class PieceTrainer
{
    private readonly List<string> _pieces = [.. WordPieces.Reserved];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<(int[] Pieces, int Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), int> _counts = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right, int Count), (int, string)> _next = new(
        Comparer<(int Count, string Piece)>.Create((a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : string.CompareOrdinal(a.Piece, b.Piece)));

    private PieceTrainer(IEnumerable<string> texts, int rarest)
    {
        var counts = Count(texts);
        foreach (var character in counts.SelectMany(word => Characters(word.Key).Select(character => (Character: character, word.Value)))
            .GroupBy(one => one.Character, one => one.Value).Where(one => one.Sum() >= rarest).Select(one => one.Key).Order(StringComparer.Ordinal))
        {
            Add(character);
        }

        foreach (var (word, count) in counts.Where(word => word.Value >= rarest).OrderBy(word => word.Key, StringComparer.Ordinal))
        {
            if (Characters(word).All(_numbers.ContainsKey))
            {
                _words.Add(([.. Characters(word).Select(character => _numbers[character])], count));
                CountPairs(_words.Count - 1, 1);
            }
        }
    }

    /// <param name="size">Of the vocabulary, reserved pieces and single characters among them; at most.</param>
    /// <param name="rarest">Words and characters that are seen less often teach nothing.</param>
    public static IReadOnlyList<string> Train(IEnumerable<string> texts, int size, int rarest)
    {
        var trainer = new PieceTrainer(texts, rarest);
        foreach (var pair in trainer._counts.Keys.ToList())
        {
            trainer.Offer(pair);
        }

        while (trainer._pieces.Count < size && trainer._next.TryDequeue(out var best, out _))
        {
            var pair = (best.Left, best.Right);
            if (trainer._counts.GetValueOrDefault(pair) == best.Count && best.Count >= rarest)
            {
                trainer.Join(pair);
            }
        }

        return trainer._pieces;
    }

    /// <summary>How often each word is there, marks before them.</summary>
    internal static Dictionary<string, int> Count(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var buffer = new char[WordReader.Longest];
        foreach (var text in texts)
        {
            var reader = new WordReader(text, buffer);
            while (reader.Next(out var word))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out _)++;
            }
        }

        return counts;
    }

    // Of an emoji, which is two halves in UTF-16, both together: half of one can be written nowhere.
    private static IEnumerable<string> Characters(string word) => word.EnumerateRunes().Select(rune => rune.ToString());

    private int Add(string piece)
    {
        if (_numbers.TryGetValue(piece, out var known))
        {
            return known; // Two ways lead to it: a + bc, ab + c.
        }

        _numbers[piece] = _pieces.Count;
        _pieces.Add(piece);
        return _pieces.Count - 1;
    }

    private void Join((int Left, int Right) pair)
    {
        var joined = Add(_pieces[pair.Left] + _pieces[pair.Right]);
        var changed = new HashSet<(int, int)>();
        foreach (var word in _places[pair].ToList())
        {
            CountPairs(word, -1);
            _words[word] = (Joined(_words[word].Pieces, pair, joined), _words[word].Count);
            CountPairs(word, 1);
            changed.UnionWith(PairsOf(_words[word].Pieces));
        }

        _counts.Remove(pair);
        foreach (var other in changed)
        {
            Offer(other);
        }
    }

    private static int[] Joined(int[] pieces, (int Left, int Right) pair, int joined)
    {
        var after = new List<int>(pieces.Length);
        for (var i = 0; i < pieces.Length; i++)
        {
            var both = i + 1 < pieces.Length && (pieces[i], pieces[i + 1]) == pair;
            after.Add(both ? joined : pieces[i]);
            i += both ? 1 : 0;
        }

        return [.. after];
    }

    private static IEnumerable<(int Left, int Right)> PairsOf(int[] pieces) => pieces.Zip(pieces.Skip(1));

    private void CountPairs(int word, int sign)
    {
        var (pieces, count) = _words[word];
        foreach (var pair in PairsOf(pieces))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += sign * count;
            if (sign > 0)
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _) ??= []).Add(word);
            }
        }
    }

    private void Offer((int Left, int Right) pair)
    {
        if (_counts.GetValueOrDefault(pair) is var count and > 0)
        {
            _next.Enqueue((pair.Left, pair.Right, count), (count, _pieces[pair.Left] + _pieces[pair.Right]));
        }
    }
}
