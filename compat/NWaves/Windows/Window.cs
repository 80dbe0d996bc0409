namespace NWaves.Windows;

/// <summary>Of NWaves' windows those that this project analyses speech with.</summary>
public enum WindowType
{
    Rectangular,
    Hamming,
    Hann,
}

/// <summary>Window functions. Symmetric: the last value equals the first.</summary>
public static class Window
{
    public static float[] OfType(WindowType type, int length) => type switch
    {
        WindowType.Rectangular => Rectangular(length),
        WindowType.Hamming => Hamming(length),
        WindowType.Hann => Hann(length),
        _ => throw new NotSupportedException($"This stand-in for NWaves has no window {type}."),
    };

    public static float[] Rectangular(int length) => Array.ConvertAll(new float[length], _ => 1f);

    public static float[] Hamming(int length) => Cosine(length, 0.54, 0.46);

    public static float[] Hann(int length) => Cosine(length, 0.5, 0.5);

    /// <summary>Weights for cepstral coefficients, <c>1 + l sin(pi n / l) / 2</c>.</summary>
    public static float[] Liftering(int length, int l = 22)
    {
        var weights = new float[length];
        for (var n = 0; n < length; n++)
        {
            weights[n] = (float)(1 + l * Math.Sin(Math.PI * n / l) / 2);
        }

        return weights;
    }

    private static float[] Cosine(int length, double mean, double amplitude)
    {
        var window = new float[length];
        for (var n = 0; n < length; n++)
        {
            window[n] = (float)(mean - amplitude * Math.Cos(2 * Math.PI * n / (length - 1)));
        }

        return window;
    }
}
