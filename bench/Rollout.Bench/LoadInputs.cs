using System.Diagnostics;
using System.Globalization;

namespace Emotion.RolloutBench;

/// <summary>Real inputs: sound and picture of clips of one talking face, and sentences.</summary>
/// <param name="Name">Of the clip.</param>
/// <param name="Pcm">Four seconds at the most, 16 kHz, mono, 16 bit.</param>
/// <param name="Segment">A second and a half of the picture track.</param>
/// <param name="Sound">A WAV file of the sound.</param>
internal sealed record ClipInput(string Name, byte[] Pcm, byte[] Segment, byte[] Sound)
{
    public const double SegmentSeconds = 1.5;

    private const double SoundSeconds = 4;
    private const int BytesPerSecond = 32_000;

    public double Seconds => (double)Pcm.Length / BytesPerSecond;

    public static async Task<ClipInput> ReadAsync(FileInfo clip, string folder, CancellationToken cancellationToken)
    {
        var (pcm, segment, sound) = (Path.Combine(folder, "sound.pcm"), Path.Combine(folder, "segment.mkv"), Path.Combine(folder, "sound.wav"));
        var seconds = SoundSeconds.ToString(CultureInfo.InvariantCulture);
        await EncodeAsync([clip.FullName, "-vn", "-t", seconds, "-ac", "1", "-ar", "16000", "-f", "s16le", pcm], cancellationToken);
        await EncodeAsync([clip.FullName, "-vn", "-t", seconds, "-ac", "1", "-ar", "16000", sound], cancellationToken);
        await EncodeAsync(
            [clip.FullName, "-an", "-t", SegmentSeconds.ToString(CultureInfo.InvariantCulture), "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", segment],
            cancellationToken);
        return new ClipInput(
            clip.Name, await File.ReadAllBytesAsync(pcm, cancellationToken), await File.ReadAllBytesAsync(segment, cancellationToken),
            await File.ReadAllBytesAsync(sound, cancellationToken));
    }

    private static async Task EncodeAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-nostdin", "-v", "error", "-y", "-i", .. arguments]) { RedirectStandardError = true })!;
        var problems = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg ended with {process.ExitCode}: {problems}");
        }
    }
}

/// <summary>What people say; a unit of load takes the next one.</summary>
internal static class Sentences
{
    public static readonly string[] All =
    [
        "This is wonderful! I am so happy that you came to see us today.",
        "Kids are talking by the door.",
        "Dogs are sitting by the door.",
        "I cannot believe that he is gone, I miss him every single day.",
        "Get out of my house right now, I never want to see you again!",
        "What was that noise? I am afraid to go down there alone.",
        "Ugh, that is disgusting, take it away from me.",
        "Oh! I did not expect to see you here at all.",
    ];
}
