using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using FFMpegCore;
using FFMpegCore.Pipes;

namespace Emotion.Media;

/// <summary>Decodes a segment into the pictures shown at given clip times.</summary>
/// <remarks>
/// The picture at time k/n is the last one whose time stamp is not after it, and a segment owns the times from its start to the
/// next one's start. So segments decoded apart give exactly the pictures of the whole, whatever the frame rate, also a variable one.
/// </remarks>
public sealed class SegmentDecoder(FFMpegGuard guard)
{
    private const int QueueLength = 4;
    private const double Tolerance = 1e-4;

    private static readonly string[] Containers = ["mov", "matroska"];

    /// <summary>The pictures of a segment that <see cref="ClipSplitter"/> cut.</summary>
    /// <inheritdoc cref="DecodeAsync(string, string, double, double, double, PictureSampling, CancellationToken)"/>
    public IAsyncEnumerable<VideoFrame> DecodeAsync(ClipSegment segment, PictureSampling sampling, CancellationToken cancellationToken) => DecodeAsync(
        segment.Path, segment.Container, segment.KeyFrameSeconds, segment.StartSeconds, segment.EndSeconds, sampling, cancellationToken);

    /// <param name="path">A file that holds the segment.</param>
    /// <param name="container"><see cref="ClipSegment.Container"/>; nothing else is tried.</param>
    /// <param name="keyFrameSeconds"><see cref="ClipSegment.KeyFrameSeconds"/>: the time that decoding may take counts from there.</param>
    /// <param name="startSeconds">Clip time from which on its pictures count; those before are decoded and passed over.</param>
    /// <param name="endSeconds">Clip time where the next segment starts.</param>
    /// <param name="sampling">Which pictures, and how large.</param>
    /// <param name="cancellationToken">Kills the process, as does leaving the enumeration early.</param>
    /// <returns>Pictures in order of time, as they are decoded. The caller disposes each.</returns>
    /// <exception cref="ArgumentException">Container, times or sampling are out of range.</exception>
    /// <exception cref="MediaRefusedException">The segment cannot be decoded, or is beyond a limit.</exception>
    public async IAsyncEnumerable<VideoFrame> DecodeAsync(
        string path,
        string container,
        double keyFrameSeconds,
        double startSeconds,
        double endSeconds,
        PictureSampling sampling,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!Containers.Contains(container))
        {
            throw new ArgumentException($"'{container}' is no container of segments; those are {string.Join(" and ", Containers)}.", nameof(container));
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(double.IsFinite(startSeconds) && double.IsFinite(endSeconds), true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(keyFrameSeconds <= startSeconds, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sampling.PicturesPerSecond is >= 1 and <= 120, true);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sampling.LongestSide is >= 16 and <= 4096, true);
        // Whoever cut the clip may allow longer ones than this host does. The second is what a clip may last beyond what its header says.
        if (endSeconds > startSeconds && endSeconds - keyFrameSeconds > guard.Options.MaximumSeconds + 1)
        {
            throw MediaInstruments.Refuse(MediaRefusal.TooLong, string.Create(
                CultureInfo.InvariantCulture,
                $"The segment is too long: from its key frame on it has {endSeconds - keyFrameSeconds:0.#} s; Media:MaximumSeconds allows {guard.Options.MaximumSeconds} s."));
        }

        var first = Slot(startSeconds, sampling);
        var count = Slot(endSeconds, sampling) - first;
        if (count <= 0)
        {
            yield break;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var decoded = Channel.CreateBounded<VideoFrame>(new BoundedChannelOptions(QueueLength) { SingleReader = true, SingleWriter = true });
        var sink = new StreamPipeSink((stream, token) => ReadAsync(stream, decoded.Writer, first, sampling, token));
        var run = RunAsync(
            path,
            input => FFMpegArguments
                .FromFileInput(input, false, options => options.WithCustomArgument(Input(container, endSeconds - keyFrameSeconds)))
                .OutputToPipe(sink, options => options.WithCustomArgument(Output(first, count, sampling))),
            decoded.Writer,
            stop.Token);
        try
        {
            await foreach (var frame in decoded.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return frame;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (decoded.Reader.TryRead(out var unread))
            {
                unread.Dispose();
            }
        }
    }

    /// <summary>The first k with k/n not before a time; the tolerance takes up what containers round.</summary>
    private static int Slot(double seconds, PictureSampling sampling) =>
        (int)Math.Ceiling((seconds * sampling.PicturesPerSecond) - Tolerance);

    private string Input(string container, double seconds)
    {
        var cpuSeconds = (int)(10 + (seconds * guard.Options.CpuSecondsPerSecond));
        return guard.InputArguments(container) + string.Create(
            CultureInfo.InvariantCulture, $" -v error -copyts -timelimit {cpuSeconds} -filter_threads {guard.Threads}");
    }

    // Only interlaced pictures are deinterlaced; only sampled ones are scaled. The last picture is held until the segment's end, which
    // its own duration need not reach. PPM carries the size of each picture, so nothing need be known before.
    private static string Output(int first, int count, PictureSampling sampling)
    {
        var start = (double)first / sampling.PicturesPerSecond;
        var hold = (double)(count + 1) / sampling.PicturesPerSecond;
        var scale = $"min(1,{sampling.LongestSide}/max(iw*sar,ih))";
        return new StringBuilder("-map 0:v:0 -an -sn -dn -fps_mode passthrough -vf \"")
            .Append(CultureInfo.InvariantCulture, $"yadif=deint=interlaced,tpad=stop_mode=clone:stop_duration={hold:R},")
            .Append(CultureInfo.InvariantCulture, $"fps={sampling.PicturesPerSecond}:start_time={start:R}:round=up,")
            .Append(CultureInfo.InvariantCulture, $"scale=w='max(2,round(iw*sar*{scale}))':h='max(2,round(ih*{scale}))':flags=area+accurate_rnd")
            .Append(CultureInfo.InvariantCulture, $"\" -frames:v {count} -pix_fmt rgb24 -c:v ppm -f image2pipe")
            .ToString();
    }

    private async Task RunAsync(
        string path, Func<string, FFMpegArgumentProcessor> command, ChannelWriter<VideoFrame> decoded, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            await guard.RunAsync("decode segment", path, command, guard.Options.ProcessDeadline, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        decoded.Complete(failure);
    }

    private static async Task ReadAsync(
        Stream ppm, ChannelWriter<VideoFrame> decoded, int first, PictureSampling sampling, CancellationToken cancellationToken)
    {
        for (var slot = first; await PpmHeader.ReadAsync(ppm, cancellationToken).ConfigureAwait(false) is { } size; slot++)
        {
            var frame = new VideoFrame((double)slot / sampling.PicturesPerSecond, size.Width, size.Height);
            try
            {
                await ppm.ReadExactlyAsync(frame.Buffer, cancellationToken).ConfigureAwait(false);
                await decoded.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                frame.Dispose();
                throw;
            }
        }
    }
}
