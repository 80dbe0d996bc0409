using Emotion.Features.Mfcc;
using FsCheck;
using FsCheck.Fluent;

namespace Emotion.Features.Tests;

public class MfccFrontEndTests
{
    private static readonly MfccFrontEnd FrontEnd = new(Specs.Mfcc);

    private sealed record Golden(short[] Pcm, float[][] Coefficients, float[] Levels);

    private sealed record LibrosaGolden(short[] Pcm, float[][] Librosa, float[] Offset);

    [Fact]
    public void Compute_GoldenSignal_AgreesWithTheIndependentRestatement()
    {
        var golden = Specs.Read<Golden>("mfcc.json");
        var (coefficients, levels) = Compute(golden.Pcm);

        Assert.Equal(golden.Levels.Length, levels.Length);
        Assert.Equal(18, levels.Length);
        for (var t = 0; t < levels.Length; t++)
        {
            Assert.Equal(golden.Levels[t], levels[t], 2e-3);
            for (var i = 0; i < Specs.Mfcc.Coefficients; i++)
            {
                Assert.Equal(golden.Coefficients[t][i], coefficients[t * Specs.Mfcc.Coefficients + i], 5e-3);
            }
        }
    }

    [Fact]
    public void Compute_AgainstLibrosa_DiffersByTheStatedConstantPerCoefficientOnly()
    {
        var golden = Specs.Read<LibrosaGolden>("librosa-mfcc.json");
        var (coefficients, levels) = Compute(golden.Pcm);

        Assert.Equal(13, levels.Length);
        Assert.Equal(levels.Length, golden.Librosa.Length);
        for (var t = 0; t < levels.Length; t++)
        {
            Assert.All(golden.Librosa[t], (c, i) => Assert.Equal(c - golden.Offset[i], coefficients[t * Specs.Mfcc.Coefficients + i], 5e-3));
        }
    }

    [Fact]
    public void Stream_AnyPieces_EqualsBatchBitForBit() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60),
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<PositiveInt>>(), ArbMap.Default.ArbFor<int>(), (pieces, seed) =>
        {
            var pcm = Noise(seed, 9000);
            var (coefficients, levels) = Compute(pcm);
            var stream = new MfccStream(FrontEnd);
            var (streamed, streamedLevels) = (new List<float>(), new List<float>());
            for (int start = 0, piece = 0; start < pcm.Length; piece++)
            {
                var length = Math.Min(pieces.Get[piece % pieces.Get.Length].Get * 37, pcm.Length - start);
                var c = new float[stream.FramesAfter(length) * Specs.Mfcc.Coefficients];
                var l = new float[stream.FramesAfter(length)];
                Assert.Equal(l.Length, stream.Push(pcm.AsSpan(start, length), c, l));
                streamed.AddRange(c);
                streamedLevels.AddRange(l);
                start += length;
            }

            return streamed.SequenceEqual(coefficients) && streamedLevels.SequenceEqual(levels);
        }));

    [Fact]
    public void Compute_ShiftedByHops_ShiftsTheFramesBitForBit()
    {
        var pcm = Noise(7, 8000);
        var (whole, _) = Compute(pcm);
        var (shifted, _) = Compute(pcm[(3 * Specs.Mfcc.HopLength)..]);
        Assert.Equal(whole[(3 * Specs.Mfcc.Coefficients)..], shifted);
    }

    [Fact]
    public void Compute_FloatSamples_EqualPcmBitForBit()
    {
        var pcm = Noise(3, 5000);
        var samples = Array.ConvertAll(pcm, s => s / 32768f);
        var coefficients = new float[FrontEnd.FrameCount(samples.Length) * Specs.Mfcc.Coefficients];
        var levels = new float[FrontEnd.FrameCount(samples.Length)];
        FrontEnd.Compute(samples, coefficients, levels);
        Assert.Equal(Compute(pcm).Coefficients, coefficients);
    }

    [Fact]
    public void Compute_OtherSizes_StillAgreesWithADirectTransform()
    {
        // 256 takes the radix-2 step, 301 samples leave an odd tail and a rest that fills no vector.
        var spec = Specs.Mfcc with { FftSize = 1024, FrameLength = 301, HopLength = 100, MelBands = 40, Coefficients = 5, Mean = new float[5], Deviation = [1, 1, 1, 1, 1], PreEmphasis = 0 };
        var frontEnd = new MfccFrontEnd(spec);
        var pcm = Noise(11, 301);
        var (coefficients, levels) = (new float[5], new float[1]);
        Assert.Equal(1, frontEnd.Compute(pcm, coefficients, levels));
        Assert.Equal(DirectLevel(spec, pcm), levels[0], 2e-3);
    }

    [Fact]
    public void Compute_WhiteNoise_HasItsVarianceAsLevel()
    {
        var (_, levels) = FrontEndFor(Specs.Mfcc with { PreEmphasis = 0 }, Noise(5, 64000));
        // Uniform over +-8000: variance 8000^2 / 3 of 32768^2.
        Assert.Equal(10 * Math.Log10(8000.0 * 8000 / 3 / 32768 / 32768), levels.Average(), 0.3);
    }

    [Fact]
    public void Compute_Silence_GivesTheFloor()
    {
        var (coefficients, levels) = Compute(new short[4000]);
        Assert.All(levels, level => Assert.Equal(-100, level, 1e-3));
        for (var i = 0; i < coefficients.Length; i++)
        {
            Assert.Equal(i % Specs.Mfcc.Coefficients == 0 ? -100 * 8 : 0, coefficients[i], 2e-3);
        }
    }

    [Fact]
    public void Compute_ConstantOffset_ChangesTheLevelOnlyThroughTheWindow()
    {
        var pcm = Noise(9, 4000);
        var raised = Array.ConvertAll(pcm, s => (short)(s + 3000));
        Assert.Equal(Compute(pcm).Levels.Average(), Compute(raised).Levels.Average(), 0.05);
    }

    [Fact]
    public void Compute_DestinationTooShort_Throws() =>
        Assert.Throws<ArgumentException>(() => FrontEnd.Compute(new short[800], new float[10], new float[1]));

    [Fact]
    public void Compute_ManyThreads_AgreeBitForBit()
    {
        var inputs = Enumerable.Range(0, 16).Select(seed => Noise(seed, 20000)).ToArray();
        var alone = Array.ConvertAll(inputs, pcm => Compute(pcm).Coefficients);
        var together = new float[16][];
        Parallel.For(0, 16, i => together[i] = Compute(inputs[i]).Coefficients);
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Compute_LongSound_AllocatesNothingPerFrame()
    {
        var pcm = Noise(1, 320_000);
        var coefficients = new float[FrontEnd.FrameCount(pcm.Length) * Specs.Mfcc.Coefficients];
        var levels = new float[FrontEnd.FrameCount(pcm.Length)];
        FrontEnd.Compute(pcm, coefficients, levels);
        var before = GC.GetAllocatedBytesForCurrentThread();
        FrontEnd.Compute(pcm, coefficients, levels);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256);
    }

    internal static short[] Noise(int seed, int count, int amplitude = 8000)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(-amplitude, amplitude + 1))];
    }

    private static (float[] Coefficients, float[] Levels) Compute(short[] pcm) => FrontEndFor(Specs.Mfcc, pcm);

    private static (float[] Coefficients, float[] Levels) FrontEndFor(MfccSpec spec, short[] pcm)
    {
        var frontEnd = new MfccFrontEnd(spec);
        var levels = new float[frontEnd.FrameCount(pcm.Length)];
        var coefficients = new float[levels.Length * spec.Coefficients];
        Assert.Equal(levels.Length, frontEnd.Compute(pcm, coefficients, levels));
        return (coefficients, levels);
    }

    private static double DirectLevel(MfccSpec spec, short[] pcm)
    {
        var window = Enumerable.Range(0, spec.FrameLength).Select(n => 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / spec.FrameLength)).ToArray();
        var powers = new List<double>();
        for (var k = 0; k <= spec.FftSize / 2; k++)
        {
            var hertz = (double)k * spec.SampleRate / spec.FftSize;
            if (hertz >= spec.LowHertz && hertz <= spec.HighHertz)
            {
                var sum = System.Numerics.Complex.Zero;
                for (var n = 0; n < spec.FrameLength; n++)
                {
                    sum += pcm[n] / 32768.0 * window[n] * System.Numerics.Complex.FromPolarCoordinates(1, -2 * Math.PI * k * n / spec.FftSize);
                }

                powers.Add(sum.Magnitude * sum.Magnitude / window.Sum(w => w * w));
            }
        }

        return 10 * Math.Log10(powers.Average());
    }
}
