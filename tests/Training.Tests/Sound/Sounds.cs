namespace Emotion.Training.Tests.Sound;

/// <summary>Sound that nobody speaks, 16 kHz, the same on every machine.</summary>
internal static class Sounds
{
    private const int Rate = 16000;

    // C major, A minor, F major, G major, a second each.
    private static readonly double[][] Progression = [[261.6, 329.6, 392], [220, 261.6, 329.6], [174.6, 220, 261.6], [196, 246.9, 293.7]];

    public static short[] Named(string name, int seconds)
    {
        var random = new Random(1);
        return name switch
        {
            "silence" => new short[seconds * Rate],
            "white" => Of(seconds, _ => 0.2 * (2 * random.NextDouble() - 1)),
            "pink" => Pink(seconds),
            "chords" => Chords(seconds),
            "organ" => Of(seconds, i => 0.06 * Chord(i, harmonics: 8, power: 1)),
            "hum" => Of(seconds, i => 0.1 * Enumerable.Range(1, 20).Sum(h => Math.Sin(2 * Math.PI * 50 * h * i / Rate) / h)),
            "siren" => Of(seconds, i => 0.3 * Math.Sin(2 * Math.PI * 700 * i / Rate - 47 * Math.Cos(0.0004 * i))),
            _ => throw new ArgumentException(name),
        };
    }

    /// <summary>Plucked chords: music.</summary>
    public static short[] Chords(int seconds) => Of(seconds, i => 0.1 * Chord(i, harmonics: 6, power: 2) * Math.Exp(-2.0 * (i % Rate) / Rate));

    /// <summary>Noise that loses about 3 dB an octave: white noise through three leaky sums.</summary>
    public static short[] Pink(int seconds)
    {
        var random = new Random(2);
        var (slow, middle, fast) = (0.0, 0.0, 0.0);
        return Of(seconds, _ =>
        {
            var white = 2 * random.NextDouble() - 1;
            slow = 0.998 * slow + 0.1 * white;
            middle = 0.963 * middle + 0.3 * white;
            fast = 0.57 * fast + white;
            return 0.05 * (slow + middle + fast);
        });
    }

    private static double Chord(int i, int harmonics, int power) => Progression[i / Rate % Progression.Length]
        .Sum(pitch => Enumerable.Range(1, harmonics).Sum(h => Math.Sin(2 * Math.PI * pitch * h * i / Rate) / Math.Pow(h, power)));

    private static short[] Of(int seconds, Func<int, double> wave) =>
        [.. Enumerable.Range(0, seconds * Rate).Select(i => (short)(32767 * Math.Clamp(wave(i), -1, 1)))];
}
