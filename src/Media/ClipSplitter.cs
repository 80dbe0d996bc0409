using System.Globalization;
using System.Text;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace Emotion.Media;

/// <summary>
/// Splits a clip by one ffmpeg process: the sound comes out as 16 kHz mono PCM, the picture track is wrapped anew without being
/// decoded, cut at key frames. What lies too long between two key frames is decoded in pieces, by several who each get it whole.
/// </summary>
public sealed class ClipSplitter(FFMpegGuard guard)
{
    /// <summary>Starts splitting; sound and segments can be read at once, as they come.</summary>
    /// <param name="path">The clip's file; must live until <see cref="SplitClip.Completion"/>.</param>
    /// <param name="probe">Of the same file.</param>
    /// <param name="cancellationToken">Kills the process; disposal of the result does too.</param>
    public SplitClip Start(string path, ClipProbe probe, CancellationToken cancellationToken)
    {
        var clip = new SplitClip(
            guard.CreateFolder(), guard.Options, SegmentWrapper.Of(probe), probe.Picture?.StartSeconds ?? 0, cancellationToken);
        clip.Run(token => RunAsync(clip, path, probe, token));
        return clip;
    }

    private Task RunAsync(SplitClip clip, string path, ClipProbe probe, CancellationToken cancellationToken)
    {
        var options = guard.Options;
        var cpuSeconds = (int)(10 + (probe.Seconds * options.CpuSecondsPerSecond));
        var arguments = guard.InputArguments(probe.Container.Demuxer)
            + string.Create(CultureInfo.InvariantCulture, $" -v error -fflags +genpts -timelimit {cpuSeconds} -t {options.MaximumSeconds + 1}");
        return guard.RunAsync(
            "split",
            path,
            input => FFMpegArguments
                .FromFileInput(input, false, inputOptions => inputOptions.WithCustomArgument(arguments))
                .MultiOutput(outputs => AddOutputs(outputs, clip, probe))
                .NotifyOnOutput(clip.OnSegmentLine),
            options.ProcessDeadline,
            cancellationToken);
    }

    private void AddOutputs(FFMpegMultiOutputOptions outputs, SplitClip clip, ClipProbe probe)
    {
        if (probe.Picture is { } picture)
        {
            outputs.OutputToFile(clip.SegmentPathPattern, true, options => options.WithCustomArgument(SegmentArguments(clip, picture)));
        }

        if (probe.Sound is { } sound)
        {
            var stream = sound.StreamIndex.ToString(CultureInfo.InvariantCulture);
            outputs.OutputToPipe(
                new StreamPipeSink(clip.Sound.FillAsync), options => options.WithCustomArgument(AudioDecoder.PcmArguments(stream)));
        }
    }

    // Times are kept as they are (avoid_negative_ts would move the pictures of a track with B frames against the sound), and each
    // finished segment is told on standard output: 00001.mov,10.080000,20.080000
    private string SegmentArguments(SplitClip clip, ClipPicture picture) => new StringBuilder()
        .Append(CultureInfo.InvariantCulture, $"-map 0:{picture.StreamIndex} -c copy -avoid_negative_ts disabled -f segment ")
        .Append(CultureInfo.InvariantCulture, $"-segment_time {guard.Options.SegmentSeconds} -segment_time_delta 0.05 ")
        .Append(CultureInfo.InvariantCulture, $"-segment_format {clip.Wrapper.Muxer} -segment_list pipe:1 -segment_list_type csv")
        // The first time stamp is kept in units of the movie there, by default milliseconds.
        .Append(clip.Wrapper.Demuxer == "mov" ? " -segment_format_options movie_timescale=1000000" : string.Empty)
        .ToString();
}
