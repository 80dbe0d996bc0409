using System.Buffers.Binary;
using Emotion.Features;

namespace Emotion.Inference.Audio;

/// <summary>
/// Cuts arriving PCM into the windows of a plan. Keeps only the sound from the first window that is not taken yet. Not thread-safe.
/// </summary>
internal sealed class PcmWindowCutter
{
    private readonly IReadOnlyList<ClipWindow> _windows;
    private readonly int _sampleRate;
    private readonly long _shift;
    private readonly long _end;
    private short[] _buffer = new short[1 << 16];
    private long _first;
    private int _count;
    private int _next;
    private bool _complete;
    private byte _half;
    private bool _hasHalf;

    public PcmWindowCutter(IReadOnlyList<ClipWindow> windows, double firstSampleSeconds, int sampleRate)
    {
        if (windows.Count == 0)
        {
            throw new InvalidInputException("The plan has no window.");
        }

        for (var i = 0; i < windows.Count; i++)
        {
            var (window, before) = (windows[i], i == 0 ? 0 : windows[i - 1].StartSeconds);
            var (start, end) = (window.StartSeconds, window.EndSeconds);
            if (window.Index != i || !(start >= before) || !(end > start) || !double.IsFinite(end))
            {
                throw new InvalidInputException(
                    $"Window {i} of the plan is [{start}, {end}) with index {window.Index}: out of order, or empty.");
            }
        }

        if (!double.IsFinite(firstSampleSeconds) || firstSampleSeconds < 0)
        {
            throw new InvalidInputException($"The first sample cannot be at {firstSampleSeconds} s.");
        }

        _windows = windows;
        _sampleRate = sampleRate;
        _shift = (long)Math.Round(firstSampleSeconds * sampleRate);
        // Rounding of times may leave a sample or two over; a tenth of a second is no reason to refuse.
        _end = Sample(windows.Max(window => window.EndSeconds)) + sampleRate / 10;
    }

    /// <summary>Clip time, in samples, of the sound after the last that was appended.</summary>
    private long Arrived => _shift + _first + _count;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_hasHalf && !bytes.IsEmpty)
        {
            Append((short)(_half | bytes[0] << 8));
            bytes = bytes[1..];
            _hasHalf = false;
        }

        if (bytes.Length % 2 == 1)
        {
            (_half, _hasHalf) = (bytes[^1], true);
            bytes = bytes[..^1];
        }

        var samples = bytes.Length / 2;
        if (Arrived + samples > _end)
        {
            throw new LimitExceededException($"The sound reaches beyond {_windows[^1].EndSeconds} s, where the last window ends.");
        }

        Reserve(samples);
        for (var i = 0; i < samples; i++)
        {
            _buffer[_count + i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]);
        }

        _count += samples;
    }

    /// <summary>No more sound comes: the windows that are left get what there is.</summary>
    public void Complete()
    {
        if (_hasHalf)
        {
            throw new InvalidInputException("The sound ends in the middle of a sample: an odd number of bytes.");
        }

        _complete = true;
    }

    /// <summary>The next window of the plan, once all its sound is there; the memory is the caller's.</summary>
    public bool TryTake(out ClipWindow window, out ReadOnlyMemory<short> samples)
    {
        (window, samples) = (default, default);
        if (_next == _windows.Count || (!_complete && Arrived < Sample(_windows[_next].EndSeconds)))
        {
            return false;
        }

        window = _windows[_next++];
        var from = (int)Math.Clamp(Sample(window.StartSeconds) - _shift - _first, 0, _count);
        var to = (int)Math.Clamp(Sample(window.EndSeconds) - _shift - _first, from, _count);
        samples = _buffer[from..to];
        Forget(_next < _windows.Count ? Sample(_windows[_next].StartSeconds) : Arrived);
        return true;
    }

    private long Sample(double seconds) => (long)Math.Round(seconds * _sampleRate);

    private void Append(short sample)
    {
        Reserve(1);
        _buffer[_count++] = sample;
    }

    private void Reserve(int samples)
    {
        if (_count + samples > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _count + samples));
        }
    }

    private void Forget(long until)
    {
        var gone = (int)Math.Clamp(until - _shift - _first, 0, _count);
        _buffer.AsSpan(gone, _count - gone).CopyTo(_buffer);
        _first += gone;
        _count -= gone;
    }
}
