using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace Emotion.Media;

/// <summary>Decodes a sound file, or the sound of any clip that is allowed, to 16 kHz mono.</summary>
public sealed class AudioDecoder(FFMpegGuard guard)
{
    /// <summary>Samples per second of all sound in this system.</summary>
    public const int SampleRate = 16_000;

    private const float FullScale = 32768f;

    /// <summary>Output options that make the PCM of this system: 16 kHz, mono, s16le; time zero is the clip's.</summary>
    /// <remarks>
    /// <c>async=1:first_pts=0</c> fills with silence before the sound starts and where it has gaps, so that sample n is at n / 16000 s.
    /// </remarks>
    internal static string PcmArguments(string stream) => string.Create(
        CultureInfo.InvariantCulture,
        $"-map 0:{stream} -af aresample={SampleRate}:async=1:first_pts=0 -ac 1 -ar {SampleRate} -c:a pcm_s16le -f s16le -flush_packets 1");

    /// <returns>Samples [time], 16-bit, 16 kHz, mono.</returns>
    /// <exception cref="MediaRefusedException">No sound file that is allowed, or damaged, or beyond a limit.</exception>
    public async Task<short[]> DecodeSamplesAsync(string path, CancellationToken cancellationToken)
    {
        var container = await ContainerSniffer.RequireAsync(path, cancellationToken).ConfigureAwait(false);
        var bytes = new MemoryStream();
        var arguments = guard.InputArguments(container.Demuxer)
            + string.Create(CultureInfo.InvariantCulture, $" -v error -t {guard.Options.MaximumSeconds + 1}");
        await guard.RunAsync(
            "decode sound",
            path,
            input => FFMpegArguments
                .FromFileInput(input, false, options => options.WithCustomArgument(arguments))
                .OutputToPipe(
                    new StreamPipeSink(bytes) { BlockSize = 65_536 }, options => options.WithCustomArgument(PcmArguments("a:0"))),
            guard.Options.ProcessDeadline,
            cancellationToken).ConfigureAwait(false);

        if (bytes.Length > (long)guard.Options.MaximumSeconds * SampleRate * sizeof(short))
        {
            throw MediaInstruments.Refuse(
                MediaRefusal.TooLong, $"The sound is longer than {guard.Options.MaximumSeconds} seconds.");
        }

        var samples = new short[bytes.Length / sizeof(short)];
        bytes.GetBuffer().AsSpan(0, samples.Length * sizeof(short)).CopyTo(MemoryMarshal.AsBytes(samples.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }

        return samples;
    }

    /// <returns>Samples [time] in [-1, 1), 16 kHz, mono: 16-bit values over 32768.</returns>
    /// <exception cref="MediaRefusedException">No sound file that is allowed, or damaged, or beyond a limit.</exception>
    public async Task<float[]> DecodeAsync(string path, CancellationToken cancellationToken)
    {
        var samples = await DecodeSamplesAsync(path, cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(samples, sample => sample / FullScale);
    }
}
