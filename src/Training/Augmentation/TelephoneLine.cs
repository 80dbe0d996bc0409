namespace Emotion.Training.Augmentation;

/// <summary>Sound as a telephone passes it on: 300 to 3,400 Hz, mu-law of 8 bits (ITU-T G.711).</summary>
public static class TelephoneLine
{
    private const double LowHertz = 300, HighHertz = 3400, Butterworth = 0.70710678;
    private const float Mu = 255;

    /// <param name="samples">Full scale 1; changed in place.</param>
    /// <param name="sampleRate">Of the samples.</param>
    public static void Pass(Span<float> samples, int sampleRate)
    {
        // Fourth order each: two equal second-order sections.
        for (var section = 0; section < 2; section++)
        {
            Filter(samples, 2 * Math.PI * LowHertz / sampleRate, high: true);
            Filter(samples, 2 * Math.PI * HighHertz / sampleRate, high: false);
        }

        foreach (ref var sample in samples)
        {
            var level = MathF.Log(1 + Mu * Math.Min(1, Math.Abs(sample))) / MathF.Log(1 + Mu);
            sample = MathF.CopySign((MathF.Pow(1 + Mu, MathF.Round(level * 127) / 127) - 1) / Mu, sample);
        }
    }

    // Robert Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients".
    private static void Filter(Span<float> samples, double angle, bool high)
    {
        var (sine, cosine) = Math.SinCos(angle);
        var alpha = sine / (2 * Butterworth);
        var edge = (high ? 1 + cosine : 1 - cosine) / 2;
        var (b0, b1, a0, a1, a2) = (edge, high ? -2 * edge : 2 * edge, 1 + alpha, -2 * cosine, 1 - alpha);
        var (z1, z2) = (0.0, 0.0);
        foreach (ref var sample in samples)
        {
            var input = sample / a0;
            var output = b0 * input + z1;
            z1 = b1 * input - a1 / a0 * output + z2;
            z2 = b0 * input - a2 / a0 * output;
            sample = (float)output;
        }
    }
}
