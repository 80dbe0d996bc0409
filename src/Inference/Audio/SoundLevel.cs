using System.Numerics.Tensors;

namespace Emotion.Inference.Audio;

/// <summary>Energy of sound over time.</summary>
internal static class SoundLevel
{
    private const float SilenceDecibels = -100;

    /// <summary>
    /// <c>10 log10(mean of x^2)</c> for every 100 ms of PCM (full scale 1), not below -100 dB; a rest of at least 50 ms counts.
    /// </summary>
    public static float[] Every100Milliseconds(ReadOnlySpan<short> samples, int sampleRate)
    {
        var step = sampleRate / 10;
        var levels = new float[(samples.Length + step / 2) / step];
        for (var i = 0; i < levels.Length; i++)
        {
            var slice = samples[(i * step)..Math.Min(samples.Length, (i + 1) * step)];
            long energy = 0;
            foreach (int sample in slice)
            {
                energy += sample * sample;
            }

            var mean = energy / (slice.Length * 32768.0 * 32768.0);
            levels[i] = Math.Max(SilenceDecibels, (float)(10 * Math.Log10(mean)));
        }

        return levels;
    }

    /// <summary>Brings the loudest sample to this part of the full scale; 0, or sound without any, leaves the level as it is.</summary>
    /// <param name="target">Of the absolute value of the loudest sample.</param>
    /// <param name="sound">Samples of full scale 1.</param>
    public static void BringPeakTo(float target, Span<float> sound)
    {
        var peak = Math.Abs(TensorPrimitives.MaxMagnitude<float>(sound));
        if (target != 0 && peak != 0)
        {
            TensorPrimitives.Multiply(sound, target / peak, sound);
        }
    }
}
