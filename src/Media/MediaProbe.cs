using System.Globalization;
using FFMpegCore;

namespace Emotion.Media;

/// <summary>Looks at a clip before anything decodes it, and refuses what is beyond the limits of <see cref="MediaOptions"/>.</summary>
public sealed class MediaProbe(FFMpegGuard guard)
{
    private MediaOptions Options => guard.Options;

    /// <exception cref="MediaRefusedException">With the reason, and a message for the person who sent the clip.</exception>
    public async Task<ClipProbe> ProbeAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(path).Length;
        if (bytes > Options.MaximumBytes)
        {
            throw MediaInstruments.Refuse(
                MediaRefusal.TooManyBytes, $"The clip has {bytes:N0} bytes; {Options.MaximumBytes:N0} are allowed.");
        }

        var container = await ContainerSniffer.RequireAsync(path, cancellationToken).ConfigureAwait(false);
        var analysis = await guard.ProbeAsync(path, container.Demuxer, cancellationToken).ConfigureAwait(false);
        var picture = analysis.VideoStreams.Find(stream => stream.Disposition?.GetValueOrDefault("attached_pic") != true);
        var sound = analysis.PrimaryAudioStream;
        Require(picture, sound, analysis);

        var seconds = analysis.Duration.TotalSeconds;
        if (seconds <= 0)
        {
            seconds = await MeasureAsync(path, container, cancellationToken).ConfigureAwait(false);
        }

        if (seconds > Options.MaximumSeconds)
        {
            throw TooLong(Options);
        }

        if (seconds <= 0)
        {
            throw MediaInstruments.Refuse(MediaRefusal.Damaged, "The clip holds no sound and no pictures that can be read: it may be cut short.");
        }

        var zero = analysis.Format.StartTime;
        return new ClipProbe(
            container,
            seconds,
            picture is null ? null : new ClipPicture(
                picture.Index, picture.Width, picture.Height, picture.AvgFrameRate, Clockwise(picture.Rotation), picture.CodecName,
                (picture.StartTime - zero).TotalSeconds),
            sound is null ? null : new ClipSound(
                sound.Index, sound.SampleRateHz, sound.Channels, sound.CodecName, (sound.StartTime - zero).TotalSeconds),
            analysis.SubtitleStreams.ConvertAll(stream => new ClipSubtitles(stream.Index, stream.CodecName, stream.Language)));
    }

    internal static MediaRefusedException TooLong(MediaOptions options) =>
        MediaInstruments.Refuse(MediaRefusal.TooLong, $"The clip is longer than the {options.MaximumSeconds} seconds that are allowed.");

    private void Require(VideoStream? picture, AudioStream? sound, IMediaAnalysis analysis)
    {
        if (picture is null && sound is null)
        {
            throw MediaInstruments.Refuse(MediaRefusal.NeitherSoundNorPicture, "The clip has neither sound nor picture.");
        }

        foreach (var codec in new[] { picture?.CodecName, sound?.CodecName }.OfType<string>().Where(codec => !MediaCodecs.Supports(codec)))
        {
            throw MediaInstruments.Refuse(
                MediaRefusal.UnsupportedCodec, $"The clip is encoded as {(codec.Length > 0 ? codec : "something unknown")}, which is not read here.");
        }

        if (picture is not null && (long)picture.Width * picture.Height > Options.MaximumPixels)
        {
            throw MediaInstruments.Refuse(
                MediaRefusal.PictureTooLarge,
                $"The pictures have {picture.Width} x {picture.Height} pixels; {Options.MaximumPixels:N0} pixels are allowed.");
        }

        if (picture is not null && picture.Width * picture.Height == 0)
        {
            throw ProcessFailure.Explain(string.Join('\n', analysis.ErrorData), null);
        }
    }

    /// <summary>
    /// The length of a clip whose container does not say it (browsers' recordings), to the start of its last picture or piece of sound:
    /// all packets are read, none decoded.
    /// </summary>
    private async Task<double> MeasureAsync(string path, MediaContainer container, CancellationToken cancellationToken)
    {
        var reached = TimeSpan.Zero;
        var arguments = guard.InputArguments(container.Demuxer)
            + string.Create(CultureInfo.InvariantCulture, $" -v error -stats -timelimit 60 -t {Options.MaximumSeconds + 2}");
        await guard.RunAsync(
            "measure",
            path,
            input => FFMpegArguments
                .FromFileInput(input, false, options => options.WithCustomArgument(arguments))
                .OutputToFile("-", true, options => options.WithCustomArgument("-map 0:v? -map 0:a? -c copy -f null"))
                .NotifyOnProgress(time => reached = time > reached ? time : reached),
            Options.ProbeDeadline,
            cancellationToken).ConfigureAwait(false);
        return reached.TotalSeconds;
    }

    // The display matrix counts counter-clockwise.
    private static int Clockwise(int rotation) => (((-rotation % 360) + 360) % 360 + 45) / 90 % 4 * 90;
}
