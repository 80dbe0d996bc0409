namespace Emotion.Training.Onnx.Quantization;

/// <summary>Real value = scale * (integer - zero), integers 0 to 255; zero itself is always met exactly.</summary>
public readonly record struct ActivationRange(float Scale, byte Zero)
{
    public const int Largest = byte.MaxValue;

    /// <param name="low">At most 0.</param>
    /// <param name="high">At least 0.</param>
    public static ActivationRange Of(double low, double high)
    {
        if (high <= low)
        {
            return new ActivationRange(1, 0);
        }

        var scale = (float)((high - low) / Largest);
        return new ActivationRange(scale, (byte)Math.Clamp(Math.Round(-low / scale), 0, Largest));
    }

    /// <summary>What a value becomes, and is read back as.</summary>
    public double Rounded(double value) => Scale * (Math.Clamp(Math.Round(value / Scale, MidpointRounding.ToEven) + Zero, 0, Largest) - Zero);
}
