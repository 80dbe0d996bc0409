using System.Buffers.Binary;
using System.Text;
using FFMpegCore;

namespace Emotion.Media;

/// <summary>What sound may be passed through by <see cref="SoundCoder"/>.</summary>
public enum SoundCodec
{
    /// <summary>300 to 3,400 Hz at 8 kHz, mu-law of 8 bits (ITU-T G.711).</summary>
    Telephone,

    /// <summary>MP3 at 32 kbit/s.</summary>
    Mp3,
}

/// <summary>Encodes sound and decodes it again: for showing what a model makes of sound that came through a codec.</summary>
public sealed class SoundCoder(FFMpegGuard guard)
{
    private const int HeaderBytes = 44;

    private readonly AudioDecoder _decoder = new(guard);

    /// <param name="samples">16 kHz mono.</param>
    /// <param name="codec">What it goes through.</param>
    /// <param name="cancellationToken">Ends the processes.</param>
    /// <returns>16 kHz mono, about as long: a codec may add a frame.</returns>
    public async Task<short[]> PassAsync(ReadOnlyMemory<short> samples, SoundCodec codec, CancellationToken cancellationToken)
    {
        using var folder = guard.CreateFolder();
        var (plain, coded) = (folder.PathOf("plain"), folder.PathOf("coded"));
        await File.WriteAllBytesAsync(plain, Wave(samples.Span), cancellationToken).ConfigureAwait(false);
        await guard.RunAsync(
            "encode sound",
            plain,
            input => FFMpegArguments
                .FromFileInput(input, false, options => options.WithCustomArgument(guard.InputArguments("wav") + " -v error"))
                .OutputToFile(coded, true, options => options.WithCustomArgument(Arguments(codec))),
            guard.Options.ProcessDeadline,
            cancellationToken).ConfigureAwait(false);
        return await _decoder.DecodeSamplesAsync(coded, cancellationToken).ConfigureAwait(false);
    }

    // Two poles a filter and two of each: 24 dB an octave outside of the band.
    private static string Arguments(SoundCodec codec) => codec switch
    {
        SoundCodec.Telephone => "-af highpass=f=300,highpass=f=300,lowpass=f=3400,lowpass=f=3400 -ar 8000 -c:a pcm_mulaw -f wav",
        SoundCodec.Mp3 => "-c:a libmp3lame -b:a 32k -f mp3",
        _ => throw new ArgumentOutOfRangeException(nameof(codec), codec, "This is no codec that sound may go through."),
    };

    /// <summary>A RIFF file: 16-bit PCM, 16 kHz, mono.</summary>
    private static byte[] Wave(ReadOnlySpan<short> samples)
    {
        var bytes = new byte[HeaderBytes + samples.Length * sizeof(short)];
        var header = bytes.AsSpan();
        Encoding.ASCII.GetBytes("RIFF").CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], bytes.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ").CopyTo(header[8..]);
        ReadOnlySpan<int> format = [16, 1 | 1 << 16, AudioDecoder.SampleRate, AudioDecoder.SampleRate * sizeof(short), sizeof(short) | 16 << 16];
        for (var i = 0; i < format.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header[(16 + 4 * i)..], format[i]);
        }

        Encoding.ASCII.GetBytes("data").CopyTo(header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], bytes.Length - HeaderBytes);
        for (var i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(header[(HeaderBytes + 2 * i)..], samples[i]);
        }

        return bytes;
    }
}
