namespace Emotion.Inference.Text;

/// <summary>What was said between two pauses.</summary>
/// <param name="StartSeconds">From the beginning of the sound.</param>
/// <param name="EndSeconds">Where the speech ends.</param>
/// <param name="Text">Never empty.</param>
/// <param name="Confidence">Geometric mean of the probabilities of its tokens, 0 to 1.</param>
/// <param name="Tokens">How many that were.</param>
public sealed record TranscribedPiece(double StartSeconds, double EndSeconds, string Text, float Confidence, int Tokens)
{
    /// <summary>Without the text: a transcript is private, and whatever prints this must not print it.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{StartSeconds:0.00} s to {EndSeconds:0.00} s, {Tokens} tokens, confidence {Confidence:0.00}");
}

/// <summary>A recording as text.</summary>
/// <param name="Pieces">In order; empty with an abstention, since nobody should read what is not believed.</param>
/// <param name="Confidence">Of all pieces together, weighted by tokens; 0 without any.</param>
/// <param name="Abstention">Why there is no text; null where there is.</param>
public sealed record Transcription(IReadOnlyList<TranscribedPiece> Pieces, float Confidence, Abstention? Abstention)
{
    public string Text => string.Join(' ', Pieces.Select(piece => piece.Text));

    /// <summary>Without the text, as its pieces.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Pieces.Count} pieces, confidence {Confidence:0.00}{(Abstention is null ? "" : $", {Abstention.Reason}")}");
}
