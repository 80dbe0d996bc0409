using System.Text.RegularExpressions;
using FFMpegCore.Exceptions;

namespace Emotion.Media;

/// <summary>Turns what ffmpeg says on standard error into a refusal that a person can read.</summary>
internal static partial class ProcessFailure
{
    private const int DetailLimit = 200;

    public static MediaRefusedException Explain(FFMpegException exception)
    {
        var errors = exception.FFMpegErrorOutput.Length > 0 ? exception.FFMpegErrorOutput : exception.Message;
        if (errors.Contains("Picture size", StringComparison.Ordinal) || errors.Contains("max_pixels", StringComparison.Ordinal))
        {
            return MediaInstruments.Refuse(MediaRefusal.PictureTooLarge, "The pictures are larger than allowed.", exception);
        }

        // 137, 152 and 153: killed by SIGKILL, SIGXCPU (CPU time) and SIGXFSZ (file size).
        if (errors.Contains("Cannot allocate memory", StringComparison.Ordinal) || LimitSignal().IsMatch(exception.Message))
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

    [GeneratedRegex(@"exit-code \((137|152|153) ")]
    private static partial Regex LimitSignal();

    // [mov,mp4,m4a,3gp,3g2,mj2 @ 0x5581a2b4c0] moov atom not found
    [GeneratedRegex(@"^(\[[^\]]*\]\s*)+")]
    private static partial Regex Origin();

    // file:/tmp/emotion-media-abc/xyz/clip: Invalid data found when processing input
    [GeneratedRegex(@"(file:|unix:)?/[^\s:']+")]
    private static partial Regex FilePath();
}
