namespace Emotion.Features.Mfcc;

/// <summary>
/// <see cref="MfccFrontEnd"/> for sound that arrives in pieces: bit for bit what the whole gives at once, in memory that does not
/// grow with the length of the stream. Not thread-safe; the front end may be shared.
/// </summary>
public sealed class MfccStream(MfccFrontEnd frontEnd)
{
    // Less than an analysis frame, or than a hop, stays behind; the buffer grows to the largest piece and is used again.
    private short[] _pending = new short[4 * frontEnd.Spec.FrameLength];
    private int _count;
    private int _skip;

    /// <summary>How many analysis frames <paramref name="samples"/> further samples will complete.</summary>
    public int FramesAfter(int samples) => frontEnd.FrameCount(Math.Max(0, _count + samples - _skip));

    /// <summary>
    /// Takes in PCM and writes the frames it completes: coefficients <c>[frames, coefficients]</c>, not normalised, and levels
    /// <c>[frames]</c>.
    /// </summary>
    /// <returns>How many frames were written: <see cref="FramesAfter"/>.</returns>
    public int Push(ReadOnlySpan<short> samples, Span<float> coefficients, Span<float> levels)
    {
        Append(samples);
        var frames = frontEnd.Compute(_pending.AsSpan(_skip, Math.Max(0, _count - _skip)), coefficients, levels);
        Drop(_skip + frames * frontEnd.Spec.HopLength);
        return frames;
    }

    private void Append(ReadOnlySpan<short> samples)
    {
        if (_count + samples.Length > _pending.Length)
        {
            Array.Resize(ref _pending, Math.Max(2 * _pending.Length, _count + samples.Length));
        }

        samples.CopyTo(_pending.AsSpan(_count));
        _count += samples.Length;
    }

    // With a hop longer than the frame the next one may begin behind what has arrived.
    private void Drop(int samples)
    {
        var gone = Math.Min(samples, _count);
        _pending.AsSpan(gone, _count - gone).CopyTo(_pending);
        _count -= gone;
        _skip = samples - gone;
    }
}
