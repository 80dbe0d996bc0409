using System.Text.RegularExpressions;
using FFMpegCore.Exceptions;

namespace Emotion.Media;

/// <summary>Turns what ffmpeg says on standard error into a refusal that a person can read.</summary>
internal static partial class ProcessFailure
{
    private const int DetailLimit = 200;

    /// <summary>Not found: 126 and 127 are what launchers say then; the loader says 127 too where memory does not suffice.</summary>
    public static bool IsMissingTool(FFMpegException exception) =>
        exception.Type == FFMpegExceptionType.Operation
        || (MissingTool().IsMatch(exception.Message) && exception.Message.Contains("No such file", StringComparison.Ordinal));

    public static MediaRefusedException Explain(FFMpegException exception) =>
        Explain(exception.FFMpegErrorOutput.Length > 0 ? exception.FFMpegErrorOutput : exception.Message, exception);

    /// <param name="errors">What the tool wrote to standard error.</param>
    /// <param name="exception">With the exit code, where it failed.</param>
    public static MediaRefusedException Explain(string errors, FFMpegException? exception)
    {
        if (LargePicture().Match(errors) is { Success: true } size)
        {
            return MediaInstruments.Refuse(
                MediaRefusal.PictureTooLarge,
                $"The pictures have {size.Groups[1].Value} x {size.Groups[2].Value} pixels; {size.Groups[3].Value} pixels are allowed.",
                exception);
        }

        if (UnlistedCodec().Match(errors) is { Success: true } codec)
        {
            return MediaInstruments.Refuse(
                MediaRefusal.UnsupportedCodec, $"The clip is encoded as {codec.Groups[1].Value}, which is not read here.", exception);
        }

        if (ManyStreams().Match(errors) is { Success: true } streams)
        {
            return MediaInstruments.Refuse(
                MediaRefusal.TooManyStreams, $"The clip has more than the {streams.Groups[1].Value} streams that are allowed.", exception);
        }

        // 137, 152 and 153: killed by SIGKILL, SIGXCPU (CPU time) and SIGXFSZ (file size).
        if (errors.Contains("Cannot allocate memory", StringComparison.Ordinal)
            || errors.Contains("Error allocating", StringComparison.Ordinal)
            || errors.Contains("failed to map segment", StringComparison.Ordinal)
            || (exception is not null && LimitSignal().IsMatch(exception.Message)))
        {
            return MediaInstruments.Refuse(MediaRefusal.TooCostly, "Reading the clip took more time, memory or disk than it may.", exception);
        }

        return MediaInstruments.Refuse(MediaRefusal.Damaged, $"The clip cannot be read: {Detail(errors)}", exception);
    }

    /// <summary>The last thing said, without addresses and paths.</summary>
    private static string Detail(string errors)
    {
        var line = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no detail given";
        line = Origin().Replace(line, string.Empty);
        line = FilePath().Replace(line, "clip");
        return line.Length > DetailLimit ? line[..DetailLimit] : line;
    }

    // Picture size 16000x16000 exceeds specified max pixel count 8294400, see the documentation if you wish to increase it
    [GeneratedRegex(@"Picture size (\d+)x(\d+) exceeds specified max pixel count (\d+)")]
    private static partial Regex LargePicture();

    // Codec (ffv1) not on whitelist 'h264,...'
    [GeneratedRegex(@"Codec \((\w+)\) not on whitelist")]
    private static partial Regex UnlistedCodec();

    // Number of streams exceeds max_streams parameter (8), see the documentation if you wish to increase it
    [GeneratedRegex(@"exceeds max_streams parameter \((\d+)\)")]
    private static partial Regex ManyStreams();

    [GeneratedRegex(@"exit-code \((126|127) ")]
    private static partial Regex MissingTool();

    [GeneratedRegex(@"exit-code \((137|152|153) ")]
    private static partial Regex LimitSignal();

    // [mov,mp4,m4a,3gp,3g2,mj2 @ 0x5581a2b4c0] moov atom not found
    [GeneratedRegex(@"^(\[[^\]]*\]\s*)+")]
    private static partial Regex Origin();

    // file:/tmp/emotion-media-abc/xyz/clip: Invalid data found when processing input
    [GeneratedRegex(@"(file:|unix:)?/[^\s:']+")]
    private static partial Regex FilePath();
}
