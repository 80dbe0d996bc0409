using System.Globalization;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace Emotion.Media;

/// <summary>Takes the words of a subtitle track out of a clip.</summary>
public sealed class SubtitleReader(FFMpegGuard guard)
{
    /// <summary>Whether the track is text that is read here; some are pictures of text.</summary>
    public static bool CanRead(ClipSubtitles track) => MediaCodecs.IsWords(track.Codec);

    /// <param name="path">The clip.</param>
    /// <param name="clip">What the probe said of it.</param>
    /// <param name="track">One of its tracks that can be read.</param>
    /// <param name="maximumBytes">Of the answer.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <returns>SubRip in UTF-8, with clip times; empty where the track says nothing.</returns>
    /// <exception cref="MediaRefusedException">Damaged, or beyond a limit.</exception>
    public async Task<byte[]> ReadAsync(string path, ClipProbe clip, ClipSubtitles track, int maximumBytes, CancellationToken cancellationToken)
    {
        var words = new MemoryStream();
        var input = guard.InputArguments(clip.Container.Demuxer)
            + string.Create(CultureInfo.InvariantCulture, $" -v error -t {guard.Options.MaximumSeconds + 1}");
        var output = string.Create(CultureInfo.InvariantCulture, $"-map 0:{track.StreamIndex} -c:s srt -fs {maximumBytes} -f srt");
        await guard.RunAsync(
            "read subtitles",
            path,
            file => FFMpegArguments
                .FromFileInput(file, false, options => options.WithCustomArgument(input))
                .OutputToPipe(new StreamPipeSink(words), options => options.WithCustomArgument(output)),
            guard.Options.ProcessDeadline,
            cancellationToken).ConfigureAwait(false);

        // ffmpeg ends behind the packet that passes its limit.
        return words.Length <= maximumBytes
            ? words.ToArray()
            : throw MediaInstruments.Refuse(MediaRefusal.TooManyBytes, $"The clip's subtitles have more than {maximumBytes:N0} bytes.");
    }
}
