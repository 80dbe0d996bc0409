using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using NWaves.Filters.Fda;

namespace Emotion.Features.Mfcc;

/// <summary>
/// Sound to mel-frequency cepstral coefficients, for training and for serving. Revision 1, for analysis frame t of the samples x
/// (full scale = 1), which begins at sample t * hop and is not centred:
/// <code>
/// y[n] = x[n] - preEmphasis * x[n-1]                          n in [0, frameLength); y[0] = (1 - preEmphasis) x[0]
/// w[n] = 0.5 - 0.5 cos(2 pi n / frameLength)                  Hann, periodic
/// P[k] = |FFT(w y)[k]|^2 / sum of w^2                         white noise of variance 1 has P = 1 in every line
/// E[m] = weighted mean of P over triangle m                   librosa's filters.mel(htk=False), each scaled to sum 1
/// D[m] = 10 log10 max(E[m], powerFloor)
/// c[i] = s(i) * sum of D[m] cos(pi i (m + 0.5) / melBands)    DCT-II, orthonormal: s(0) = sqrt(1 / melBands), else sqrt(2 / melBands)
/// level = 10 log10 max(mean of P over the lines in [lowHertz, highHertz], powerFloor)
/// </code>
/// Each analysis frame depends on its own samples only, so a stream gives bit for bit what the whole clip gives. Thread-safe:
/// working memory is rented per call, and nothing is allocated per analysis frame.
/// </summary>
public sealed class MfccFrontEnd
{
    public const int Revision = 1;

    private static readonly int Lanes = Vector<float>.Count;
    private readonly LaneFft _fft;
    private readonly float[] _window;
    private readonly int _firstLine;
    private readonly int _endLine;
    private readonly (int First, float[] Weights)[] _bands;
    private readonly float[] _cosines;
    private readonly float[] _scale;
    private readonly float[] _mean;

    public MfccFrontEnd(MfccSpec spec)
    {
        Spec = spec.Validated();
        _fft = new LaneFft(spec.FftSize);
        _window = ScaledHann(spec.FrameLength);
        _bands = Bands(spec);
        _firstLine = (int)Math.Ceiling(spec.LowHertz * spec.FftSize / spec.SampleRate);
        _endLine = (int)Math.Floor(spec.HighHertz * spec.FftSize / spec.SampleRate) + 1;
        _cosines = CosineTransform(spec);
        _mean = [.. spec.Mean];
        _scale = [.. spec.Deviation.Select(deviation => 1 / deviation)];
    }

    public MfccSpec Spec { get; }

    /// <summary>Floats in the features of a window.</summary>
    public int FeatureCount => Spec.Frames * Spec.Coefficients;

    /// <summary>Analysis frames that lie wholly within <paramref name="samples"/> samples.</summary>
    public int FrameCount(int samples) => samples < Spec.FrameLength ? 0 : (samples - Spec.FrameLength) / Spec.HopLength + 1;

    /// <summary>
    /// Samples of full scale 1 to coefficients, not normalised, <c>[frames, coefficients]</c>, and the level of each frame in
    /// decibels, <c>[frames]</c>.
    /// </summary>
    /// <returns>How many frames were written: <see cref="FrameCount"/>.</returns>
    /// <exception cref="ArgumentException">A destination is too short.</exception>
    public int Compute(ReadOnlySpan<float> samples, Span<float> coefficients, Span<float> levels) =>
        Compute(samples, [], coefficients, levels);

    /// <summary>The same from 16-bit PCM, whose full scale is 32,768.</summary>
    public int Compute(ReadOnlySpan<short> samples, Span<float> coefficients, Span<float> levels) =>
        Compute([], samples, coefficients, levels);

    /// <summary>A window of 16-bit PCM to features as <see cref="Place"/> arranges them.</summary>
    public AudioQuality WriteWindow(ReadOnlySpan<short> samples, Span<float> features) => WriteWindow([], samples, features, []);

    /// <summary>The same, and the level of each analysis frame of the window in decibels: <paramref name="levels"/> <c>[<see cref="FrameCount"/>]</c>.</summary>
    public AudioQuality WriteWindow(ReadOnlySpan<short> samples, Span<float> features, Span<float> levels) => WriteWindow([], samples, features, levels);

    /// <summary>From samples of full scale 1.</summary>
    public AudioQuality WriteWindow(ReadOnlySpan<float> samples, Span<float> features) => WriteWindow(samples, [], features, []);

    /// <summary>
    /// Coefficients of a window, as <see cref="Compute(ReadOnlySpan{float}, Span{float}, Span{float})"/> gives them, to features
    /// <c>[Frames, Coefficients]</c>: trimmed to the speech, cropped or padded about its middle to the spec's number of frames, and
    /// normalised. Padding is what digital silence gives. Without speech the whole window stays, and the quality says to abstain.
    /// </summary>
    public AudioQuality Place(ReadOnlySpan<float> coefficients, ReadOnlySpan<float> levels, Span<float> features)
    {
        if (features.Length != FeatureCount)
        {
            throw new ArgumentException($"Features are {Spec.Frames}x{Spec.Coefficients} values, not {features.Length}.", nameof(features));
        }

        var width = Spec.Coefficients;
        var quality = Judge(levels);
        var taken = Math.Min(quality.RegionFrames, Spec.Frames);
        var from = quality.RegionStart + (quality.RegionFrames - taken) / 2;
        var before = (Spec.Frames - taken) / 2;

        var silence = 10 * MathF.Log10((float)Spec.PowerFloor) * MathF.Sqrt(Spec.MelBands);
        for (var frame = 0; frame < Spec.Frames; frame++)
        {
            var target = features.Slice(frame * width, width);
            if (frame < before || frame >= before + taken)
            {
                target.Clear();
                target[0] = silence;
            }
            else
            {
                coefficients.Slice((from + frame - before) * width, width).CopyTo(target);
            }

            for (var i = 0; i < width; i++)
            {
                target[i] = (target[i] - _mean[i]) * _scale[i];
            }
        }

        return quality;
    }

    /// <summary>
    /// The samples of the region that a window is trimmed to (<see cref="AudioQuality.RegionStart"/>, margins included): from the first
    /// sample of its first analysis frame to the last of its last one. The whole window if there is no speech.
    /// </summary>
    public ReadOnlySpan<T> Speech<T>(ReadOnlySpan<T> samples, AudioQuality quality) => quality.RegionFrames == 0
        ? samples
        : samples.Slice(quality.RegionStart * Spec.HopLength, (quality.RegionFrames - 1) * Spec.HopLength + Spec.FrameLength);

    private AudioQuality Judge(ReadOnlySpan<float> levels)
    {
        if (levels.IsEmpty)
        {
            return new AudioQuality(0, 0, 0, 0, 10 * MathF.Log10((float)Spec.PowerFloor), AudioAbstention.TooShort);
        }

        var peak = float.NegativeInfinity;
        foreach (var level in levels)
        {
            peak = Math.Max(peak, level);
        }

        var threshold = Math.Max(Spec.SpeechFloorDecibels, peak - Spec.SpeechRangeDecibels);
        var (speech, first, last) = (0, 0, levels.Length - 1);
        for (var frame = 0; frame < levels.Length; frame++)
        {
            if (levels[frame] >= threshold)
            {
                first = speech == 0 ? frame : first;
                last = frame;
                speech++;
            }
        }

        var start = speech == 0 ? 0 : Math.Max(0, first - Spec.SpeechMarginFrames);
        var end = speech == 0 ? levels.Length : Math.Min(levels.Length, last + 1 + Spec.SpeechMarginFrames);
        var abstention = speech == 0 ? AudioAbstention.Silence
            : speech < Spec.MinimumSpeechFrames ? AudioAbstention.TooLittleSpeech
            : AudioAbstention.None;
        return new AudioQuality(levels.Length, speech, start, end - start, peak, abstention);
    }

    // Levels that nobody asks for, an empty span, are computed all the same.
    private AudioQuality WriteWindow(ReadOnlySpan<float> samples, ReadOnlySpan<short> pcm, Span<float> features, Span<float> levels)
    {
        var frames = FrameCount(samples.Length + pcm.Length);
        var rented = ArrayPool<float>.Shared.Rent(frames * (Spec.Coefficients + 1));
        try
        {
            var coefficients = rented.AsSpan(0, frames * Spec.Coefficients);
            levels = levels.IsEmpty ? rented.AsSpan(coefficients.Length, frames) : levels[..frames];
            Compute(samples, pcm, coefficients, levels);
            return Place(coefficients, levels, features);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    // One of samples and pcm is empty.
    private int Compute(ReadOnlySpan<float> samples, ReadOnlySpan<short> pcm, Span<float> coefficients, Span<float> levels)
    {
        var frames = FrameCount(samples.Length + pcm.Length);
        if (coefficients.Length < frames * Spec.Coefficients || levels.Length < frames)
        {
            throw new ArgumentException(
                $"{frames} analysis frames need {frames * Spec.Coefficients} coefficients and {frames} levels, " +
                $"not {coefficients.Length} and {levels.Length}.");
        }

        var blockSamples = (Lanes - 1) * Spec.HopLength + Spec.FrameLength;
        var vectors = 2 * Spec.FftSize + _fft.Lines + Spec.MelBands;
        var rented = ArrayPool<float>.Shared.Rent(blockSamples + Spec.FrameLength + (vectors * Lanes));
        try
        {
            var block = rented.AsSpan(0, blockSamples);
            var frame = rented.AsSpan(blockSamples, Spec.FrameLength);
            var work = MemoryMarshal.Cast<float, Vector<float>>(rented.AsSpan(blockSamples + Spec.FrameLength, vectors * Lanes));
            for (var first = 0; first < frames; first += Lanes)
            {
                var count = Math.Min(Lanes, frames - first);
                var start = first * Spec.HopLength;
                var length = (count - 1) * Spec.HopLength + Spec.FrameLength;
                ReadOnlySpan<float> source = block[..length];
                if (pcm.IsEmpty)
                {
                    source = samples.Slice(start, length);
                }
                else
                {
                    Pcm.ToFloat(pcm.Slice(start, length), block[..length]);
                }

                ComputeBlock(source, count, frame, work, coefficients[(first * Spec.Coefficients)..], levels[first..]);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }

        return frames;
    }

    private void ComputeBlock(
        ReadOnlySpan<float> samples, int count, Span<float> frame, Span<Vector<float>> work, Span<float> coefficients, Span<float> levels)
    {
        var half = Spec.FftSize / 2;
        var re = work[..half];
        var im = work.Slice(half, half);
        var scratchRe = work.Slice(2 * half, half);
        var scratchIm = work.Slice(3 * half, half);
        var power = work.Slice(4 * half, _fft.Lines);
        var bands = work.Slice(4 * half + _fft.Lines, Spec.MelBands);

        re.Clear();
        im.Clear();
        for (var lane = 0; lane < count; lane++)
        {
            Window(samples.Slice(lane * Spec.HopLength, Spec.FrameLength), frame);
            Spread(frame, lane, MemoryMarshal.Cast<Vector<float>, float>(re), MemoryMarshal.Cast<Vector<float>, float>(im));
        }

        _fft.Power(re, im, scratchRe, scratchIm, power, _firstLine, _endLine);

        var floor = new Vector<float>((float)Spec.PowerFloor);
        var level = Vector<float>.Zero;
        foreach (var line in power[_firstLine.._endLine])
        {
            level += line;
        }

        level = Vector.Log(Vector.Max(level / (_endLine - _firstLine), floor)) * (10 / MathF.Log(10));
        for (var band = 0; band < _bands.Length; band++)
        {
            var (first, weights) = _bands[band];
            var sum = Vector<float>.Zero;
            for (var k = 0; k < weights.Length; k++)
            {
                sum = Vector.MultiplyAddEstimate(new Vector<float>(weights[k]), power[first + k], sum);
            }

            bands[band] = Vector.Log(Vector.Max(sum, floor));
        }

        for (var i = 0; i < Spec.Coefficients; i++)
        {
            var row = _cosines.AsSpan(i * bands.Length, bands.Length);
            var sum = Vector<float>.Zero;
            for (var m = 0; m < bands.Length; m++)
            {
                sum = Vector.MultiplyAddEstimate(new Vector<float>(row[m]), bands[m], sum);
            }

            for (var lane = 0; lane < count; lane++)
            {
                coefficients[lane * Spec.Coefficients + i] = sum[lane];
            }
        }

        for (var lane = 0; lane < count; lane++)
        {
            levels[lane] = level[lane];
        }
    }

    private void Window(ReadOnlySpan<float> samples, Span<float> frame)
    {
        var emphasis = (float)Spec.PreEmphasis;
        var vectorised = 1 + (frame.Length - 1) / Lanes * Lanes;
        frame[0] = (1 - emphasis) * samples[0] * _window[0];
        for (var n = 1; n < vectorised; n += Lanes)
        {
            var y = new Vector<float>(samples[n..]) - new Vector<float>(samples[(n - 1)..]) * emphasis;
            (y * new Vector<float>(_window, n)).CopyTo(frame[n..]);
        }

        for (var n = vectorised; n < frame.Length; n++)
        {
            frame[n] = (samples[n] - samples[n - 1] * emphasis) * _window[n];
        }
    }

    private static void Spread(ReadOnlySpan<float> frame, int lane, Span<float> even, Span<float> odd)
    {
        var at = lane;
        var n = 0;
        for (; n + 1 < frame.Length; n += 2, at += Lanes)
        {
            even[at] = frame[n];
            odd[at] = frame[n + 1];
        }

        if (n < frame.Length)
        {
            even[at] = frame[n];
        }
    }

    private static float[] ScaledHann(int length)
    {
        var window = new double[length];
        for (var n = 0; n < length; n++)
        {
            window[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / length);
        }

        var energy = window.Sum(w => w * w);
        return Array.ConvertAll(window, w => (float)(w / Math.Sqrt(energy)));
    }

    private static (int, float[])[] Bands(MfccSpec spec)
    {
        var bank = FilterBanks.MelBankSlaney(
            spec.MelBands, spec.FftSize, spec.SampleRate, spec.LowHertz, spec.HighHertz, normalizeGain: false);
        return Array.ConvertAll(bank, weights =>
        {
            var sum = weights.Sum(w => (double)w);
            var first = Array.FindIndex(weights, w => w > 0);
            var last = Array.FindLastIndex(weights, w => w > 0);
            return first < 0
                ? throw new ArgumentException(
                    $"A band between {spec.LowHertz} and {spec.HighHertz} Hz holds no spectral line: fewer melBands or a larger fftSize.")
                : (first, weights[first..(last + 1)].Select(w => (float)(w / sum)).ToArray());
        });
    }

    // The factor 10 / ln 10, which makes decibels of natural logarithms, is in the matrix.
    private static float[] CosineTransform(MfccSpec spec)
    {
        var matrix = new float[spec.Coefficients * spec.MelBands];
        for (var i = 0; i < spec.Coefficients; i++)
        {
            var scale = 10 / Math.Log(10) * Math.Sqrt((i == 0 ? 1.0 : 2.0) / spec.MelBands);
            for (var m = 0; m < spec.MelBands; m++)
            {
                matrix[i * spec.MelBands + m] = (float)(scale * Math.Cos(Math.PI * i * (m + 0.5) / spec.MelBands));
            }
        }

        return matrix;
    }
}
