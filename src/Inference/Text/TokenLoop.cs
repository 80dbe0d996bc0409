namespace Emotion.Inference.Text;

/// <summary>A greedy decoder that lost its way says the same again and again: this tells it from somebody who says "no, no, no".</summary>
internal static class TokenLoop
{
    private const int Repetitions = 3;

    /// <summary>Whether the tokens end in a pattern that was repeated at least three times and over so many tokens.</summary>
    /// <param name="tokens">All that were decoded.</param>
    /// <param name="repeatedTokens">Length of the whole loop from which on it is one.</param>
    /// <param name="kept">How many tokens are left when the pattern is kept once.</param>
    public static bool Ends(ReadOnlySpan<int> tokens, int repeatedTokens, out int kept)
    {
        for (var pattern = 1; pattern * Repetitions <= tokens.Length; pattern++)
        {
            var times = Math.Max(Repetitions, (repeatedTokens + pattern - 1) / pattern);
            if (times * pattern <= tokens.Length && Repeats(tokens[^(times * pattern)..], pattern))
            {
                kept = tokens.Length - (times - 1) * pattern;
                return true;
            }
        }

        kept = tokens.Length;
        return false;
    }

    // It repeats itself if it is what it is a pattern further on.
    private static bool Repeats(ReadOnlySpan<int> tokens, int pattern) => tokens[pattern..].SequenceEqual(tokens[..^pattern]);
}
