using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Emotion.Inference;

namespace Emotion.TextService;

/// <summary>
/// The sound of one call as it arrives, in pooled memory that grows with it up to a limit: twice its bytes at the most, and half of that again
/// while it grows. Somebody's voice is private: memory goes back to the pool empty.
/// </summary>
internal sealed class PcmRecording(int sampleRate, int maximumSeconds) : IDisposable
{
    private const int FirstSamples = 1 << 17;

    private short[] _samples = ArrayPool<short>.Shared.Rent(FirstSamples);
    private int _count;

    /// <summary>All of it, once it has all arrived; as long as this is not disposed.</summary>
    /// <exception cref="InvalidInputException">It ends in the middle of a sample.</exception>
    public ReadOnlyMemory<short> Finish()
    {
        if (_count % sizeof(short) != 0)
        {
            throw new InvalidInputException("The sound ends in the middle of a sample: an odd number of bytes.");
        }

        var samples = _samples.AsMemory(0, _count / sizeof(short));
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(samples.Span, samples.Span);
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

        if (_count + pcm.Length > Bytes.Length)
        {
            var larger = ArrayPool<short>.Shared.Rent(Math.Max(2 * _samples.Length, (_count + pcm.Length + 1) / sizeof(short)));
            Bytes[.._count].CopyTo(MemoryMarshal.AsBytes(larger.AsSpan()));
            ArrayPool<short>.Shared.Return(_samples, clearArray: true);
            _samples = larger;
        }

        pcm.CopyTo(Bytes[_count..]);
        _count += pcm.Length;
    }

    public void Dispose()
    {
        ArrayPool<short>.Shared.Return(_samples, clearArray: true);
        _samples = [];
        _count = 0;
    }

    private Span<byte> Bytes => MemoryMarshal.AsBytes(_samples.AsSpan());
}
