using System.Numerics;

namespace Emotion.Features.Mfcc;

/// <summary>16-bit PCM and samples of full scale 1.</summary>
public static class Pcm
{
    /// <summary>One over the full scale: -32,768 becomes -1. Exact in single precision.</summary>
    private const float Unit = 1f / 32768;

    /// <param name="samples">PCM, native byte order.</param>
    /// <param name="target">At least as long.</param>
    public static void ToFloat(ReadOnlySpan<short> samples, Span<float> target)
    {
        var n = 0;
        for (; n + Vector<short>.Count <= samples.Length; n += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(samples[n..]), out var low, out var high);
            (Vector.ConvertToSingle(low) * Unit).CopyTo(target[n..]);
            (Vector.ConvertToSingle(high) * Unit).CopyTo(target[(n + Vector<float>.Count)..]);
        }

        for (; n < samples.Length; n++)
        {
            target[n] = samples[n] * Unit;
        }
    }
}
