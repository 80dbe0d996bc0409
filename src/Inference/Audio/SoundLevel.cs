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
}
