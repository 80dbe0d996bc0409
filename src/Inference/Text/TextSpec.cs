using Emotion.Features;
using Emotion.Inference.Audio;

namespace Emotion.Inference.Text;

/// <summary>The <c>frontEnd</c> of a text package's manifest.</summary>
public sealed record TextSpec
{
    /// <summary>What is speech, and which pauses end a piece of it.</summary>
    public required VoiceActivitySpec VoiceActivity { get; init; }

    public required TranscriberSpec Transcriber { get; init; }

    /// <summary>How words are read; null in a package that only writes them down.</summary>
    public TextClassifierSpec? Classifier { get; init; }
}

/// <summary>How a text goes into the classifier, and when it carries a label.</summary>
public sealed record TextClassifierSpec
{
    public const int LongestText = 512;

    /// <summary>Of a text; what is behind is not read.</summary>
    public required int MaximumPieces { get; init; }

    /// <summary>A text carries a label from this probability on, by itself; one for each of our labels, above 1 for those not covered.</summary>
    public required IReadOnlyList<double> Thresholds { get; init; }

    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    public TextClassifierSpec Validated() => MaximumPieces is > 0 and <= LongestText && Thresholds.Count == EmotionLabels.Count
        ? this
        : throw new ArgumentException(
            $"This text classifier spec cannot be used; it must hold that 0 < maximumPieces <= {LongestText}, and that there are {EmotionLabels.Count} thresholds.");
}

/// <summary>How sound goes into the transcriber, and when what comes out is not believed.</summary>
public sealed record TranscriberSpec
{
    public required int SampleRate { get; init; }

    /// <summary>The language that it understands, as a BCP 47 primary subtag.</summary>
    public required string Language { get; init; }

    /// <summary>Sound that a piece keeps before and behind its speech, where there is so much.</summary>
    public required double MarginSeconds { get; init; }

    /// <summary>A piece that is heard with less confidence is heard again with <see cref="SecondMarginSeconds"/>; the surer text is kept.</summary>
    public required double SureConfidence { get; init; }

    public required double SecondMarginSeconds { get; init; }

    /// <summary>The loudest sample of a piece is brought to this part of the full scale.</summary>
    public required double Peak { get; init; }

    /// <summary>A longer piece is cut where it sounds least like speech.</summary>
    public required double MaximumPieceSeconds { get; init; }

    /// <summary>A shorter piece is filled up with digital silence.</summary>
    public required double MinimumPieceSeconds { get; init; }

    /// <summary>Nobody says more; a piece of s seconds gets at most s times this many tokens, and <see cref="SpareTokens"/>.</summary>
    public required double TokensPerSecond { get; init; }

    public required int SpareTokens { get; init; }

    /// <summary>A pattern of tokens that goes on for so many of them, at least three times, is the decoder's loop; one of them is kept.</summary>
    public required int RepeatedTokens { get; init; }

    /// <summary>A recording whose words have a lower mean probability is not the language, or cannot be made out.</summary>
    public required double MinimumConfidence { get; init; }

    /// <summary>Tokens that begin and end every text of the decoder.</summary>
    public required int BeginToken { get; init; }

    public required int EndToken { get; init; }

    /// <summary>Tokens of the longest piece, the end among them.</summary>
    public int MaximumTokens => TokensOf(MaximumPieceSeconds + 2 * Math.Max(MarginSeconds, SecondMarginSeconds));

    public int TokensOf(double seconds) => (int)Math.Ceiling(seconds * TokensPerSecond) + SpareTokens;

    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    public TranscriberSpec Validated() =>
        SampleRate > 0 && Language.Length > 0 && MarginSeconds >= 0 && SecondMarginSeconds >= 0 && SureConfidence is >= 0 and <= 1
        && Peak is > 0 and <= 1 && MinimumPieceSeconds > 0 && MaximumPieceSeconds >= MinimumPieceSeconds && MaximumPieceSeconds <= 60
        && TokensPerSecond is > 0 and <= 50 && SpareTokens is > 0 and <= 100
        && RepeatedTokens > 2 && MinimumConfidence is >= 0 and < 1 && BeginToken >= 0 && EndToken >= 0
            ? this
            : throw new ArgumentException(
                "This transcriber spec cannot be used; it must hold that sampleRate and minimumPieceSeconds are positive, language is named, no margin is "
                + "negative, 0 <= sureConfidence <= 1, 0 < peak <= 1, minimumPieceSeconds <= maximumPieceSeconds <= 60, "
                + "0 < tokensPerSecond <= 50, 0 < spareTokens <= 100, repeatedTokens > 2, 0 <= minimumConfidence < 1, and tokens are not negative.");
}
