namespace Emotion.Inference;

internal static class PosteriorSpans
{
    /// <summary>Index of the largest value, the first of equals.</summary>
    public static int IndexOfMaximum(this Span<float> values) => ((ReadOnlySpan<float>)values).IndexOfMaximum();

    public static int IndexOfMaximum(this ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    public static bool ContainsAnyNotFinite(this ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                return true;
            }
        }

        return false;
    }
}
