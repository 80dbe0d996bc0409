using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Emotion.Features;

/// <summary>
/// What a corpus calls our labels. Labels are matched by these names and never by index: RAVDESS's code 03, FER2013's folder
/// <c>happy</c> and GoEmotions' <c>joy</c> are one label, and CK+'s <c>contempt</c> is none of ours.
/// </summary>
public sealed class CorpusLabels
{
    private readonly FrozenDictionary<string, int?> _indices;

    private CorpusLabels(string corpus, params (string Theirs, string? Ours)[] names)
    {
        Corpus = corpus;
        _indices = names.ToFrozenDictionary(
            pair => pair.Theirs,
            pair => pair.Ours is null ? (int?)null : EmotionLabels.IndexOf(pair.Ours),
            StringComparer.OrdinalIgnoreCase);
        Covered = [.. EmotionLabels.Names.Where((_, index) => _indices.Values.Contains(index))];
    }

    /// <summary>The third field of a file name such as <c>03-01-08-02-01-01-19</c>.</summary>
    public static CorpusLabels Ravdess { get; } = new("RAVDESS",
        ("01", "neutral"), ("02", "calm"), ("03", "happy"), ("04", "sad"),
        ("05", "angry"), ("06", "fearful"), ("07", "disgust"), ("08", "surprised"));

    /// <summary>Folders of the original split, <c>train/angry/*.jpg</c>.</summary>
    public static CorpusLabels Fer2013 { get; } = new("FER2013",
        ("angry", "angry"), ("disgust", "disgust"), ("fear", "fearful"), ("happy", "happy"),
        ("neutral", "neutral"), ("sad", "sad"), ("surprise", "surprised"));

    /// <summary>Folders of CK+ and CK+48; some copies of it say <c>sadness</c>, some <c>sad</c>.</summary>
    public static CorpusLabels CkPlus { get; } = new("CK+",
        ("anger", "angry"), ("contempt", null), ("disgust", "disgust"), ("fear", "fearful"), ("happy", "happy"),
        ("happiness", "happy"), ("neutral", "neutral"), ("sad", "sad"), ("sadness", "sad"), ("surprise", "surprised"));

    /// <summary>The last field of a file name such as <c>OAF_back_ps</c> (<c>ps</c>: pleasant surprise).</summary>
    public static CorpusLabels Tess { get; } = new("TESS",
        ("angry", "angry"), ("disgust", "disgust"), ("fear", "fearful"), ("happy", "happy"),
        ("neutral", "neutral"), ("ps", "surprised"), ("sad", "sad"));

    /// <summary>Folders of the Urdu corpus.</summary>
    public static CorpusLabels Urdu { get; } = new("Urdu",
        ("Angry", "angry"), ("Happy", "happy"), ("Neutral", "neutral"), ("Sad", "sad"));

    /// <summary>The third field of a file name such as <c>1001_DFA_ANG_XX</c>.</summary>
    public static CorpusLabels CremaD { get; } = new("CREMA-D",
        ("ANG", "angry"), ("DIS", "disgust"), ("FEA", "fearful"), ("HAP", "happy"), ("NEU", "neutral"), ("SAD", "sad"));

    /// <summary>MELD's column <c>Emotion</c>.</summary>
    public static CorpusLabels Meld { get; } = new("MELD",
        ("anger", "angry"), ("disgust", "disgust"), ("fear", "fearful"), ("joy", "happy"),
        ("neutral", "neutral"), ("sadness", "sad"), ("surprise", "surprised"));

    /// <summary>GoEmotions' 28 labels under the Ekman grouping of its paper (Demszky et al. 2020).</summary>
    public static CorpusLabels GoEmotions { get; } = new("GoEmotions",
        [
            .. Group("angry", "anger", "annoyance", "disapproval"),
            .. Group("disgust", "disgust"),
            .. Group("fearful", "fear", "nervousness"),
            .. Group("happy", "joy", "amusement", "approval", "excitement", "gratitude", "love", "optimism", "relief", "pride",
                "admiration", "desire", "caring"),
            .. Group("sad", "sadness", "disappointment", "embarrassment", "grief", "remorse"),
            .. Group("surprised", "surprise", "realization", "confusion", "curiosity"),
            .. Group("neutral", "neutral"),
        ]);

    /// <summary>A corpus of one's own: our names, and what people call them.</summary>
    public static CorpusLabels Own { get; } = new("labels.csv",
        [
            .. EmotionLabels.Names.Select(name => (name, (string?)name)),
            .. Group("angry", "anger"), .. Group("disgust", "disgusted"), .. Group("fearful", "fear"), .. Group("happy", "happiness", "joy"),
            .. Group("sad", "sadness"), .. Group("surprised", "surprise"),
        ]);

    public string Corpus { get; }

    /// <summary>Which of our labels the corpus has, in our order; the others are masked in training.</summary>
    public ImmutableArray<string> Covered { get; }

    /// <summary>The index of our label, or null for a label of the corpus that is none of ours.</summary>
    /// <exception cref="ArgumentException">The corpus has no such label: the data are not what they are taken for.</exception>
    public int? IndexOf(string theirs) => _indices.TryGetValue(theirs, out var index)
        ? index
        : throw new ArgumentException(
            $"{Corpus} has no label '{theirs}'; it has {string.Join(", ", _indices.Keys.Order(StringComparer.Ordinal))}.", nameof(theirs));

    /// <summary>Whether the corpus has the label and it is one of ours.</summary>
    public bool TryIndexOf(string theirs, out int index)
    {
        var known = _indices.TryGetValue(theirs, out var ours);
        index = ours ?? -1;
        return known && ours is not null;
    }

    private static IEnumerable<(string, string?)> Group(string ours, params string[] theirs) =>
        theirs.Select(name => (name, (string?)ours));
}
