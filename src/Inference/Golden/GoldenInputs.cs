namespace Emotion.Inference.Golden;

/// <summary>Inputs of a golden example: named lists of numbers, such as <c>pcm</c> or the gray values of a picture.</summary>
public sealed class GoldenInputs : Dictionary<string, float[]>
{
    public GoldenInputs()
        : base(StringComparer.Ordinal)
    {
    }

    /// <exception cref="UnservablePackageException">The example lacks it.</exception>
    public float[] Get(string name) => TryGetValue(name, out var values)
        ? values
        : throw new UnservablePackageException($"The golden example has no input '{name}'; it has {string.Join(", ", Keys)}.");

    /// <summary>A sum of sines whose phases the index decides: the same numbers on every machine, all in [-scale, scale].</summary>
    public static float[] Waves(int length, int seed, float scale)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++)
        {
            // Rounded, so that another machine's last bit of sine is not seen.
            var wave = Math.Sin(0.7 * i + seed) + 0.5 * Math.Sin(2.3 * i + 1.7 * seed);
            values[i] = (float)Math.Round(scale * wave / 1.5, 4);
        }

        return values;
    }

    /// <summary>16-bit samples of a hummed vowel: harmonics of a falling pitch under a slow swell.</summary>
    public static float[] Vowel(int seconds, int sampleRate)
    {
        var pcm = new float[seconds * sampleRate];
        var phase = 0.0;
        for (var i = 0; i < pcm.Length; i++)
        {
            var time = (double)i / sampleRate;
            phase += 2 * Math.PI * (180 - 40 * time) / sampleRate;
            var voice = Math.Sin(phase) + 0.6 * Math.Sin(2 * phase) + 0.3 * Math.Sin(5 * phase) + 0.2 * Math.Sin(12 * phase);
            pcm[i] = (float)Math.Round(5000 * voice * (0.6 + 0.4 * Math.Sin(9 * time)));
        }

        return pcm;
    }
}
