using System.Numerics.Tensors;
using Emotion.Features.Mfcc;
using Emotion.Training.Recipes;

namespace Emotion.Training.Augmentation;

/// <summary>Changes a recording as sound, runs the serving front end over it, then moves and masks its features.</summary>
public sealed class SpeechAugmenter(SpeechAugmentationSpec spec, MfccFrontEnd frontEnd)
{
    /// <summary>Writes features <c>[frames, coefficients]</c>.</summary>
    public void Write(ReadOnlySpan<short> pcm, Random random, Span<float> features)
    {
        Place(Change(pcm, random), Math.Exp(Symmetric(random, spec.Tempo)), features);
        Shift(features, random);
        Mask(features, random);
    }

    /// <summary>The part of the changes that is sound: speed, level, noise, telephone. Samples of full scale 1.</summary>
    public float[] Change(ReadOnlySpan<short> pcm, Random random)
    {
        var speed = Math.Exp(Symmetric(random, spec.Speed));
        var gain = Math.Pow(10, Symmetric(random, spec.GainDecibels) / 20) / 32768;
        var noise = random.NextDouble() < spec.NoiseProbability
            ? Math.Pow(10, (spec.NoiseLowDecibels + random.NextDouble() * (spec.NoiseHighDecibels - spec.NoiseLowDecibels)) / 20)
            : 0;
        var samples = Resample(pcm, speed, gain, noise, random);
        if (random.NextDouble() < spec.TelephoneProbability)
        {
            TelephoneLine.Pass(samples, frontEnd.Spec.SampleRate);
        }

        return samples;
    }

    /// <summary>Bands of the log-mel picture to hide: 1 where a band stays, 0 where it goes.</summary>
    public void MaskBands(Random random, Span<float> bands)
    {
        bands.Fill(1);
        for (var mask = 0; mask < spec.BandMasks; mask++)
        {
            var length = random.Next(spec.BandMaskWidth + 1);
            bands.Slice(random.Next(bands.Length - length + 1), length).Clear();
        }
    }

    // Coefficients change little from one analysis frame to the next, so frames in between are interpolated.
    private void Place(ReadOnlySpan<float> samples, double tempo, Span<float> features)
    {
        var width = frontEnd.Spec.Coefficients;
        var count = frontEnd.FrameCount(samples.Length);
        var (coefficients, levels) = (new float[count * width], new float[count]);
        frontEnd.Compute(samples, coefficients, levels);
        if (tempo != 1 && count > 1)
        {
            var stretched = (int)((count - 1) / tempo) + 1;
            var (slower, slowerLevels) = (new float[stretched * width], new float[stretched]);
            for (var frame = 0; frame < stretched; frame++)
            {
                var at = frame * tempo;
                var left = Math.Min((int)at, count - 2);
                var share = (float)(at - left);
                TensorPrimitives.Lerp(
                    coefficients.AsSpan(left * width, width), coefficients.AsSpan((left + 1) * width, width), share, slower.AsSpan(frame * width, width));
                slowerLevels[frame] = float.Lerp(levels[left], levels[left + 1], share);
            }

            (coefficients, levels) = (slower, slowerLevels);
        }

        frontEnd.Place(coefficients, levels, features);
    }

    // Linear interpolation is enough for a few percent; noise is uniform, of the variance that its level says.
    private static float[] Resample(ReadOnlySpan<short> pcm, double speed, double gain, double noise, Random random)
    {
        var samples = new float[(int)((pcm.Length - 1) / speed)];
        for (var i = 0; i < samples.Length; i++)
        {
            var at = i * speed;
            var left = (int)at;
            var right = Math.Min(left + 1, pcm.Length - 1);
            samples[i] = (float)(gain * (pcm[left] + (pcm[right] - pcm[left]) * (at - left)));
        }

        if (noise > 0)
        {
            var amplitude = (float)(noise * Math.Sqrt(3));
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] += amplitude * (2 * random.NextSingle() - 1);
            }
        }

        return samples;
    }

    // What comes in at one end is the frame that was there.
    private void Shift(Span<float> features, Random random)
    {
        var width = frontEnd.Spec.Coefficients;
        var frames = features.Length / width;
        var by = random.Next(-spec.ShiftFrames, spec.ShiftFrames + 1);
        var moved = features.ToArray();
        for (var frame = 0; frame < frames; frame++)
        {
            moved.AsSpan(Math.Clamp(frame - by, 0, frames - 1) * width, width).CopyTo(features[(frame * width)..]);
        }
    }

    // Features are normalised: 0 is the mean.
    private void Mask(Span<float> features, Random random)
    {
        var width = frontEnd.Spec.Coefficients;
        var frames = features.Length / width;
        for (var mask = 0; mask < spec.TimeMasks; mask++)
        {
            var length = random.Next(spec.TimeMaskFrames + 1);
            var start = random.Next(frames - length + 1);
            features.Slice(start * width, length * width).Clear();
        }

        for (var mask = 0; mask < spec.CoefficientMasks; mask++)
        {
            var length = random.Next(spec.CoefficientMaskWidth + 1);
            var start = random.Next(width - length + 1);
            for (var frame = 0; frame < frames; frame++)
            {
                features.Slice(frame * width + start, length).Clear();
            }
        }
    }

    private static double Symmetric(Random random, double extent) => (random.NextDouble() * 2 - 1) * extent;
}
