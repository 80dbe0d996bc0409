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
}
