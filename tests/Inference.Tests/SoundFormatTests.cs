using System.Text;
using Emotion.Features.Mfcc;
using Emotion.Media;

namespace Emotion.Inference.Tests;

/// <summary>
/// However a voice was recorded, its MFCC are the same, within what resampling and 16 bits cost. The voice is a formula, sampled at each
/// rate directly, so nothing here rests on a resampler but the one that is tested.
/// </summary>
public sealed class SoundFormatTests : IDisposable
{
    private const int Rate = AudioDecoder.SampleRate;
    private const double Seconds = 1.5;
    private static readonly MfccSpec Spec = Packages.Mfcc;
    private static readonly (double Hertz, double Phase)[] Air = Partials(160, 60, 7500);
    private static readonly Dictionary<(int, double), short[]> Voices = [];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-formats-");
    private readonly FFMpegGuard _guard = new(new MediaOptions());

    public void Dispose()
    {
        _guard.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(16_000, 1, 7600, 0)]
    [InlineData(16_000, 2, 7600, 0)]
    [InlineData(44_100, 1, 7600, 0.25)]
    [InlineData(44_100, 2, 7600, 0.25)]
    [InlineData(44_100, 1, 7000, 0.02)]
    [InlineData(48_000, 1, 7600, 0.25)]
    [InlineData(48_000, 2, 7600, 0.25)]
    [InlineData(48_000, 1, 7000, 0.02)]
    public async Task Mfcc_OfAnyRateAndChannels_AreThoseOfSixteenKilohertzMono(int rate, int channels, double highHertz, double decibels)
    {
        var spec = Spec with { HighHertz = highHertz };
        var expected = Mfcc(spec, Sampled(Rate, 7500));

        var actual = Mfcc(spec, await DecodedAsync(rate, channels, 7500));

        Assert.InRange(Difference(expected, actual), 0, decibels);
    }

    [Fact]
    public async Task Mfcc_OfEightKilohertz_AreTheSameBelow3400Hertz()
    {
        var spec = Spec with { HighHertz = 3400, MelBands = 40 };
        var expected = Mfcc(spec, Sampled(Rate, 7500));

        var actual = Mfcc(spec, await DecodedAsync(8000, 1, 3700));

        Assert.InRange(Difference(expected, actual), 0, 0.05);
    }

    [Fact]
    public async Task Mfcc_OfTwoDifferentChannels_AreThoseOfTheirMean()
    {
        var (left, right) = (Sampled(Rate, 7500), Sampled(Rate, 2000));
        var mean = left.Zip(right, (a, b) => (short)((a + b) / 2)).ToArray();
        var path = Write(Rate, 2, left.Zip(right, (a, b) => new[] { a, b }).SelectMany(pair => pair).ToArray());

        var actual = await new AudioDecoder(_guard).DecodeSamplesAsync(path, TestContext.Current.CancellationToken);

        Assert.InRange(Difference(Mfcc(Spec, mean), Mfcc(Spec, actual)), 0, 0.01);
    }

    /// <summary>
    /// The largest difference of an analysis frame, as decibels per mel band: the cosine transform is orthonormal, so the root of the sum
    /// of squares over coefficients is that over bands, as far as 40 coefficients tell bands apart.
    /// </summary>
    private static double Difference(float[] expected, float[] actual)
    {
        // A resampler may keep a sample more or less, and fades in and out at the ends.
        var frames = Math.Min(expected.Length, actual.Length) / Spec.Coefficients;
        Assert.InRange(Math.Abs(expected.Length - actual.Length) / Spec.Coefficients, 0, 1);
        return Enumerable.Range(3, frames - 6).Max(frame => Math.Sqrt(Enumerable.Range(frame * Spec.Coefficients, Spec.Coefficients)
            .Sum(i => (double)(expected[i] - actual[i]) * (expected[i] - actual[i])) / Spec.MelBands));
    }

    private static float[] Mfcc(MfccSpec spec, short[] pcm)
    {
        var frontEnd = new MfccFrontEnd(spec);
        var levels = new float[frontEnd.FrameCount(pcm.Length)];
        var coefficients = new float[levels.Length * spec.Coefficients];
        frontEnd.Compute(pcm, coefficients, levels);
        return coefficients;
    }

    private async Task<short[]> DecodedAsync(int rate, int channels, double highest)
    {
        var samples = Sampled(rate, highest);
        var path = Write(rate, channels, samples.SelectMany(sample => Enumerable.Repeat(sample, channels)).ToArray());
        return await new AudioDecoder(_guard).DecodeSamplesAsync(path, TestContext.Current.CancellationToken);
    }

    /// <summary>A voice whose pitch glides from 190 to 130 Hz, in air that hisses: partials up to a frequency, none beyond.</summary>
    private static short[] Sampled(int rate, double highest) =>
        Voices.TryGetValue((rate, highest), out var voice) ? voice : Voices[(rate, highest)] = Voice(rate, highest);

    private static short[] Voice(int rate, double highest) => [.. Enumerable.Range(0, (int)(Seconds * rate)).Select(n =>
    {
        var t = (double)n / rate;
        var (pitch, phase) = (190 - 40 * t, 2 * Math.PI * (190 * t - 20 * t * t));
        var sum = 0.0;
        for (var k = 1; k * pitch < Math.Min(highest, 5000); k++)
        {
            sum += 4000.0 / k * Math.Sin(k * phase);
        }

        foreach (var (hertz, start) in Air)
        {
            sum += hertz < highest ? 60 * Math.Sin(2 * Math.PI * hertz * t + start) : 0;
        }

        return (short)Math.Round(sum);
    })];

    private static (double, double)[] Partials(int count, double low, double high)
    {
        var random = new Random(8);
        return [.. Enumerable.Range(0, count).Select(i => (low + (high - low) * (i + random.NextDouble()) / count, 2 * Math.PI * random.NextDouble()))];
    }

    private string Write(int rate, int channels, short[] samples)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Encoding.ASCII.GetBytes("RIFF"));
        writer.Write(36 + 2 * samples.Length);
        writer.Write(Encoding.ASCII.GetBytes("WAVEfmt "));
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)channels);
        writer.Write(rate);
        writer.Write(2 * channels * rate);
        writer.Write((short)(2 * channels));
        writer.Write((short)16);
        writer.Write(Encoding.ASCII.GetBytes("data"));
        writer.Write(2 * samples.Length);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples.AsSpan()));
        writer.Flush();
        var path = Path.Combine(_folder.FullName, $"{rate}-{channels}.wav");
        File.WriteAllBytes(path, bytes.ToArray());
        return path;
    }
}
