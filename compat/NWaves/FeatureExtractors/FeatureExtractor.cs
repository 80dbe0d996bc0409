using NWaves.FeatureExtractors.Options;
using NWaves.Windows;

namespace NWaves.FeatureExtractors.Base;

/// <summary>
/// Cuts a signal into analysis frames and turns each into a vector. Keeps working memory: one instance per thread.
/// </summary>
public abstract class FeatureExtractor
{
    private readonly float _preEmphasis;
    private readonly float[]? _windowSamples;
    private int _blockSize;

    protected FeatureExtractor(FeatureExtractorOptions options)
    {
        if (options.Errors is { Count: > 0 } errors)
        {
            throw new ArgumentException("Invalid configuration:\r\n" + string.Join("\r\n", errors));
        }

        SamplingRate = options.SamplingRate;
        FrameSize = options.FrameSize > 0 ? options.FrameSize : (int)(SamplingRate * options.FrameDuration);
        HopSize = options.HopSize > 0 ? options.HopSize : (int)(SamplingRate * options.HopDuration);
        FeatureCount = options.FeatureCount;
        _blockSize = FrameSize;
        _preEmphasis = (float)options.PreEmphasis;
        _windowSamples = options.Window == WindowType.Rectangular ? null : Window.OfType(options.Window, FrameSize);
    }

    public int FeatureCount { get; protected set; }
    public abstract List<string> FeatureDescriptions { get; }
    public int SamplingRate { get; }
    public int FrameSize { get; }
    public int HopSize { get; }
    public double FrameDuration => (double)FrameSize / SamplingRate;
    public double HopDuration => (double)HopSize / SamplingRate;

    /// <summary>Samples handed to <see cref="ProcessFrame"/>: a frame, and zeros behind it.</summary>
    protected int BlockSize
    {
        get => _blockSize;
        set => _blockSize = value;
    }

    public List<float[]> ComputeFrom(float[] samples) => ComputeFrom(samples, 0, samples.Length);

    /// <returns>A vector per frame that lies within [<paramref name="startSample"/>, <paramref name="endSample"/>).</returns>
    public virtual List<float[]> ComputeFrom(float[] samples, int startSample, int endSample)
    {
        var count = endSample - startSample < FrameSize ? 0 : (endSample - startSample - FrameSize) / HopSize + 1;
        var vectors = Enumerable.Range(0, count).Select(_ => new float[FeatureCount]).ToList();
        ComputeFrom(samples, startSample, endSample, vectors);
        return vectors;
    }

    /// <summary>The same into vectors that exist already.</summary>
    /// <returns>How many were written.</returns>
    public virtual int ComputeFrom(float[] samples, int startSample, int endSample, IList<float[]> vectors)
    {
        var block = new float[_blockSize];
        var written = 0;
        for (var start = startSample; start + FrameSize <= endSample; start += HopSize, written++)
        {
            Array.Copy(samples, start, block, 0, FrameSize);
            Array.Clear(block, FrameSize, _blockSize - FrameSize);
            Emphasise(block, start > 0 ? samples[start - 1] : 0);
            for (var n = 0; _windowSamples is not null && n < FrameSize; n++)
            {
                block[n] *= _windowSamples[n];
            }

            ProcessFrame(block, vectors[written]);
        }

        return written;
    }

    /// <summary>Turns one frame, windowed and filled up with zeros, into <paramref name="features"/>.</summary>
    public abstract void ProcessFrame(float[] block, float[] features);

    private void Emphasise(float[] block, float before)
    {
        for (var n = 0; _preEmphasis > 0 && n < FrameSize; n++)
        {
            (block[n], before) = (block[n] - _preEmphasis * before, block[n]);
        }
    }
}
