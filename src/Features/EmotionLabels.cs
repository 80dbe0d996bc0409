using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Emotion.Features;

/// <summary>The eight expressed emotions, in the order that every posterior, manifest and table of the system keeps.</summary>
public static class EmotionLabels
{
    public const int Count = 8;

    /// <summary>RAVDESS's eight, in its order of codes: index = code - 1.</summary>
    public static readonly ImmutableArray<string> Names =
        ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"];

    /// <summary>What "six classes" means: the labels of the reference paper.</summary>
    public static readonly ImmutableArray<string> PaperSix = ["neutral", "happy", "sad", "angry", "fearful", "surprised"];

    private static readonly FrozenDictionary<string, int> Indices =
        Names.Select((name, index) => KeyValuePair.Create(name, index)).ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The name is none of <see cref="Names"/>.</exception>
    public static int IndexOf(string name) => Indices.TryGetValue(name, out var index)
        ? index
        : throw new ArgumentException($"'{name}' is not an emotion label; the labels are {string.Join(", ", Names)}.", nameof(name));

    public static bool TryIndexOf(string name, out int index) => Indices.TryGetValue(name, out index);

    /// <summary>A mask over <see cref="Names"/>, true where <paramref name="covered"/> names the label.</summary>
    /// <exception cref="ArgumentException">A name is no label.</exception>
    public static bool[] Mask(IEnumerable<string> covered)
    {
        var mask = new bool[Count];
        foreach (var name in covered)
        {
            mask[IndexOf(name)] = true;
        }

        return mask;
    }
}
