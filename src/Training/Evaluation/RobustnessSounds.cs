using System.Numerics.Tensors;

namespace Emotion.Training.Evaluation;

/// <summary>What rooms, microphones and other people do to a recording. Samples in and out are 16-bit PCM; where loudness is not the point it stays.</summary>
public static class RobustnessSounds
{
    /// <summary>Blocks of 20 ms at 16 kHz, and how far below the loudest of them speech is taken to reach.</summary>
    private const int Block = 320;
    private const double ActiveDecibels = 30;

    /// <summary>Lags of the autocorrelation that shaped noise keeps: 10 ms at 16 kHz.</summary>
    private const int Lags = 160;
    private const int Lines = 512;

    /// <summary>Adds noise so that speech has <paramref name="decibels"/> more power than it.</summary>
    /// <remarks>The power of speech is the mean over the blocks of 20 ms that are at most 30 dB below the loudest: pauses do not count.</remarks>
    /// <param name="speech">Recording.</param>
    /// <param name="noise">Of any power; at least as long.</param>
    /// <param name="decibels">Signal-to-noise ratio.</param>
    public static short[] WithNoise(ReadOnlySpan<short> speech, ReadOnlySpan<float> noise, double decibels)
    {
        var samples = ToFloat(speech);
        var part = noise[..samples.Length];
        var gain = Math.Sqrt(SpeechPower(samples) / Math.Pow(10, decibels / 10) / Math.Max(Power(part), double.Epsilon));
        TensorPrimitives.MultiplyAdd(part, (float)gain, samples, samples);
        return ToPcm(samples);
    }

    /// <summary>Gaussian, of variance 1.</summary>
    public static float[] WhiteNoise(int samples, int seed)
    {
        var random = new Random(seed);
        var noise = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            // Box and Muller 1958; 1 - u is never 0.
            noise[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return noise;
    }

    /// <summary>
    /// A symmetric filter [2 * 160 + 1] that gives white noise the long-term spectrum of speech: the square root of the power spectrum
    /// of the recordings' mean autocorrelation (Blackman and Tukey 1958).
    /// </summary>
    public static float[] SpeechShape(IEnumerable<short[]> recordings)
    {
        var correlation = new double[Lags + 1];
        foreach (var recording in recordings)
        {
            var samples = ToFloat(recording);
            for (var lag = 0; lag <= Lags && lag < samples.Length; lag++)
            {
                correlation[lag] += TensorPrimitives.Dot<float>(samples.AsSpan(lag), samples.AsSpan(0, samples.Length - lag));
            }
        }

        var amplitude = new double[Lines];
        for (var line = 0; line < Lines; line++)
        {
            var power = correlation[0];
            for (var lag = 1; lag <= Lags; lag++)
            {
                power += 2 * correlation[lag] * Taper(lag) * Math.Cos(2 * Math.PI * line * lag / Lines);
            }

            amplitude[line] = Math.Sqrt(Math.Max(power, 0));
        }

        return Filter(amplitude);
    }

    /// <summary>A symmetric filter [2 * 160 + 1] that gives white noise 3 dB less power with every octave, down to where the filter's lines end (31 Hz at 16 kHz).</summary>
    public static float[] PinkShape() => Filter([.. Enumerable.Range(0, Lines).Select(line => 1 / Math.Sqrt(Math.Max(1, Math.Min(line, Lines - line))))]);

    private static double Taper(int lag) => 0.5 + 0.5 * Math.Cos(Math.PI * lag / (Lags + 1));

    // Lines [512] lie around the whole circle.
    private static float[] Filter(double[] amplitude)
    {
        var filter = new float[2 * Lags + 1];
        for (var n = -Lags; n <= Lags; n++)
        {
            var sum = 0.0;
            for (var line = 0; line < Lines; line++)
            {
                sum += amplitude[line] * Math.Cos(2 * Math.PI * line * n / Lines);
            }

            filter[n + Lags] = (float)(sum * Taper(Math.Abs(n)) / Lines);
        }

        return filter;
    }

    /// <summary>Every sample of the input as many samples later as the filter has before its end: as long as the input.</summary>
    public static float[] Filtered(ReadOnlySpan<float> samples, ReadOnlySpan<float> filter)
    {
        var output = new float[samples.Length];
        for (var tap = 0; tap < filter.Length && tap < samples.Length; tap++)
        {
            var target = output.AsSpan(tap);
            TensorPrimitives.MultiplyAdd(samples[..target.Length], filter[tap], target, target);
        }

        return output;
    }

    /// <summary>
    /// The sound and its echo, equally strong: Gaussian noise that decays exponentially, by 60 dB in <paramref name="reverberationSeconds"/>
    /// (Moorer 1979). The loudness stays.
    /// </summary>
    public static short[] Reverberated(ReadOnlySpan<short> speech, double reverberationSeconds, int sampleRate, int seed)
    {
        var length = (int)(reverberationSeconds * sampleRate);
        var echo = WhiteNoise(length, seed);
        for (var n = 0; n < length; n++)
        {
            echo[n] *= (float)Math.Pow(10, -3.0 * n / length);
        }

        TensorPrimitives.Divide(echo, TensorPrimitives.Norm<float>(echo), echo);
        echo[0] += 1;
        var samples = ToFloat(speech);
        var wet = Filtered(samples, echo);
        var gain = Math.Sqrt(Power(samples) / Math.Max(Power(wet), double.Epsilon));
        TensorPrimitives.Multiply(wet, (float)gain, wet);
        return ToPcm(wet);
    }

    /// <summary>Amplified until <paramref name="share"/> of all samples are beyond full scale, and cut off there.</summary>
    public static short[] Clipped(ReadOnlySpan<short> speech, double share)
    {
        var samples = ToFloat(speech);
        var sorted = Array.ConvertAll(samples, MathF.Abs);
        Array.Sort(sorted);
        var loud = sorted.Length == 0 ? 0 : sorted[(int)((1 - share) * (sorted.Length - 1))];
        TensorPrimitives.Multiply(samples, loud > 0 ? short.MaxValue / loud : 1, samples);
        return ToPcm(samples);
    }

    /// <summary>Digital silence before and behind it.</summary>
    public static short[] Padded(ReadOnlySpan<short> speech, int samples)
    {
        var padded = new short[speech.Length + 2 * samples];
        speech.CopyTo(padded.AsSpan(samples));
        return padded;
    }

    private static double SpeechPower(float[] samples)
    {
        var powers = samples.Chunk(Block).Select(block => Power(block)).ToArray();
        var quietest = powers.DefaultIfEmpty(0).Max() * Math.Pow(10, -ActiveDecibels / 10);
        return powers.Where(power => power >= quietest).DefaultIfEmpty(0).Average();
    }

    private static double Power(ReadOnlySpan<float> samples) => samples.IsEmpty ? 0 : (double)TensorPrimitives.SumOfSquares(samples) / samples.Length;

    private static float[] ToFloat(ReadOnlySpan<short> samples)
    {
        var target = new float[samples.Length];
        TensorPrimitives.ConvertTruncating(samples, target);
        return target;
    }

    private static short[] ToPcm(float[] samples) =>
        Array.ConvertAll(samples, sample => (short)Math.Clamp(MathF.Round(sample), short.MinValue, short.MaxValue));
}
