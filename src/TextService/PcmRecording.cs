using System.Buffers;
using System.Runtime.InteropServices;
using Emotion.Inference;

namespace Emotion.TextService;

/// <summary>The sound of one call as it arrives, in pooled memory that grows with it up to a limit.</summary>
internal sealed class PcmRecording(int sampleRate, int maximumSeconds) : IDisposable
{
    private const int FirstBytes = 1 << 18;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);
    private int _count;

    /// <exception cref="InvalidInputException">It ends in the middle of a sample.</exception>
    public short[] ToSamples()
    {
        if (_count % sizeof(short) != 0)
        {
            throw new InvalidInputException("The sound ends in the middle of a sample: an odd number of bytes.");
        }

        var samples = MemoryMarshal.Cast<byte, short>(_bytes.AsSpan(0, _count)).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(samples, samples);
        }

        return samples;
    }

    /// <param name="pcm">Little-endian 16-bit mono, cut anywhere.</param>
    /// <exception cref="LimitExceededException">More than the limit.</exception>
    public void Append(ReadOnlySpan<byte> pcm)
    {
        if ((long)_count + pcm.Length > (long)maximumSeconds * sampleRate * sizeof(short))
        {
            throw new LimitExceededException($"The sound is longer than {maximumSeconds} s: send less of it, or raise TextService:MaximumSeconds.");
        }

        if (_count + pcm.Length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _bytes.Length, _count + pcm.Length));
            _bytes.AsSpan(0, _count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        pcm.CopyTo(_bytes.AsSpan(_count));
        _count += pcm.Length;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
