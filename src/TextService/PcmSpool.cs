using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Emotion.Inference;
using Emotion.Inference.Audio;

namespace Emotion.TextService;

/// <summary>
/// The sound of one call as it arrives, on disk up to a limit: an hour of it is too much for memory. And it is taken as fast as it comes: a
/// stream that waited for computing would, by HTTP/2's flow control, hold up all other calls of its connection.
/// Somebody's voice is private: the file is its owner's alone and has no name any more when the first byte of sound is in it, so nobody can open
/// it, and the kernel frees it as soon as it is closed, however this process ends.
/// </summary>
internal sealed class PcmSpool : IRecording, IDisposable
{
    private readonly FileStream _file;
    private readonly int _sampleRate, _maximumSeconds;
    private long _bytes;

    /// <param name="file">Disposed with this.</param>
    internal PcmSpool(FileStream file, int sampleRate, int maximumSeconds) =>
        (_file, _sampleRate, _maximumSeconds) = (file, sampleRate, maximumSeconds);

    public int Samples => (int)(_bytes / sizeof(short));

    /// <param name="folder">Where the file is made; empty means the system's folder for temporary files.</param>
    public static PcmSpool Create(string folder, int sampleRate, int maximumSeconds)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("A file that is open cannot lose its name here: sound would outlive a crash.");
        }

        var path = Path.Combine(folder.Length > 0 ? folder : Path.GetTempPath(), "emotion-text-" + Path.GetRandomFileName());
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, BufferSize = 0, Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            File.Delete(path);
            return new PcmSpool(file, sampleRate, maximumSeconds);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <param name="pcm">Little-endian 16-bit mono, cut anywhere.</param>
    /// <exception cref="LimitExceededException">More than the limit.</exception>
    /// <exception cref="IOException">As where the disk is full.</exception>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> pcm, CancellationToken cancellationToken)
    {
        if (_bytes + pcm.Length > (long)_maximumSeconds * _sampleRate * sizeof(short))
        {
            throw new LimitExceededException($"The sound is longer than {_maximumSeconds} s: send less of it, or raise TextService:MaximumSeconds.");
        }

        await RandomAccess.WriteAsync(_file.SafeFileHandle, pcm, _bytes, cancellationToken);
        _bytes += pcm.Length;
    }

    /// <summary>All of it, once it has all arrived; as long as this is not disposed.</summary>
    /// <exception cref="InvalidInputException">It ends in the middle of a sample.</exception>
    public IRecording Finish() => _bytes % sizeof(short) == 0
        ? this
        : throw new InvalidInputException("The sound ends in the middle of a sample: an odd number of bytes.");

    public void Read(int first, Span<short> target)
    {
        var bytes = MemoryMarshal.AsBytes(target);
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(_file.SafeFileHandle, bytes[read..], (long)first * sizeof(short) + read);
            read += more > 0 ? more : throw new EndOfStreamException($"The sound has {Samples} samples; {target.Length} from {first} on were asked for.");
        }

        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(target, target);
        }
    }

    public void Dispose() => _file.Dispose();
}
