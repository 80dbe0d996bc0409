using System.Globalization;
using FFMpegCore;

namespace Emotion.Media;

/// <summary>What a clip with something drawn on it may be.</summary>
/// <param name="Height">Of the clip's own picture; a higher one is scaled down.</param>
/// <param name="Bytes">Of the result.</param>
/// <param name="Deadline">When the process is killed.</param>
public sealed record OverlayLimits(int Height, long Bytes, TimeSpan Deadline);

/// <summary>The picture of a clip, upright, as it is drawn on.</summary>
/// <param name="Width">Pixels, even.</param>
/// <param name="Height">Pixels, even.</param>
/// <param name="PanelHeight">Pixels that are added below it, even.</param>
public sealed record OverlayCanvas(int Width, int Height, int PanelHeight)
{
    /// <summary>A panel of some fifth of the picture, high enough for four lines that can be read.</summary>
    public static OverlayCanvas Of(ClipPicture picture, int maximumHeight)
    {
        var (width, height) = picture.Rotation is 90 or 270 ? (picture.Height, picture.Width) : (picture.Width, picture.Height);
        var scale = Math.Min(1.0, (double)maximumHeight / height);
        var (even, evenHeight) = (Even(width * scale), Even(height * scale));
        return new OverlayCanvas(even, evenHeight, Even(Math.Max(84, evenHeight / 5.0)));
    }

    private static int Even(double pixels) => Math.Max(2, 2 * (int)Math.Round(pixels / 2));
}

/// <summary>Draws a script of Advanced SubStation Alpha on a clip, by one ffmpeg process, and writes it as mp4: H.264 and AAC, playable from the first bytes on.</summary>
public sealed class OverlayEncoder(FFMpegGuard guard)
{
    private const string Script = "overlay.ass", Panel = "0x14161b";

    /// <param name="path">The clip.</param>
    /// <param name="clip">What the probe said of it; it must have a picture.</param>
    /// <param name="script">Path of the script, for a picture with its panel. libass reads it: none of it may come from outside.</param>
    /// <param name="output">Path of the result.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <exception cref="MediaRefusedException">The clip is damaged, or the result beyond a limit.</exception>
    public async Task EncodeAsync(
        string path, ClipProbe clip, OverlayCanvas canvas, string script, string output, OverlayLimits limits, CancellationToken cancellationToken)
    {
        var picture = clip.Picture ?? throw new ArgumentException("The clip has no picture.", nameof(clip));
        var cpuSeconds = (int)(10 + (clip.Seconds * guard.Options.CpuSecondsPerSecond));
        var input = guard.InputArguments(clip.Container.Demuxer)
            + string.Create(CultureInfo.InvariantCulture, $" -v error -fflags +genpts -timelimit {cpuSeconds} -t {guard.Options.MaximumSeconds + 1}");
        var sound = clip.Sound is null ? "" : string.Create(CultureInfo.InvariantCulture, $"-map 0:{clip.Sound.StreamIndex} -c:a aac -b:a 128k -ac 2 ");
        var arguments = string.Create(
            CultureInfo.InvariantCulture,
            $"-map 0:{picture.StreamIndex} {sound}-map_metadata -1 -sn -dn "
            + $"-vf scale={canvas.Width}:{canvas.Height},pad={canvas.Width}:{canvas.Height + canvas.PanelHeight}:0:0:{Panel},ass={Script} "
            + $"-fpsmax 30 -c:v libx264 -preset veryfast -crf 24 -pix_fmt yuv420p -threads {guard.Threads} -movflags +faststart -fs {limits.Bytes} -f mp4");
        await guard.RunAsync(
            "draw overlay",
            path,
            file =>
            {
                // By a name in the folder that the process runs in: filters have rules of their own for what a path may hold.
                File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(file["file:".Length..])!, Script), Path.GetFullPath(script));
                return FFMpegArguments
                    .FromFileInput(file, false, options => options.WithCustomArgument(input))
                    .OutputToFile(output, true, options => options.WithCustomArgument(arguments));
            },
            limits.Deadline,
            cancellationToken).ConfigureAwait(false);

        // ffmpeg ends before the packet that would pass its limit, and calls that success.
        if (new FileInfo(output).Length > limits.Bytes * 0.98)
        {
            throw MediaInstruments.Refuse(MediaRefusal.TooManyBytes, $"The clip with its overlay has more than {limits.Bytes:N0} bytes.");
        }
    }
}
