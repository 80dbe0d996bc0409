using System.Diagnostics;
using System.Globalization;

namespace Emotion.SystemBench.Gateway;

/// <summary>What a client sends.</summary>
internal sealed record LoadClip(string Name, byte[] Bytes);

/// <summary>Mixed clips: sound alone, picture alone, both, with a face and without, cut from the demo clip or made by ffmpeg.</summary>
internal static class LoadClips
{
    private const string Picture = "-f lavfi -i testsrc2=size=320x240:rate=25", H264 = "-c:v libx264 -preset veryfast -pix_fmt yuv420p";

    /// <param name="demo">Of a face that talks; longer than four seconds.</param>
    public static async Task<IReadOnlyList<LoadClip>> MakeAsync(FileInfo demo, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("emotion-load-").FullName;
        try
        {
            return
            [
                await MakeAsync(folder, "tone.wav", "-f lavfi -i sine=frequency=220:sample_rate=44100 -t 1", cancellationToken),
                await MakeAsync(folder, "speech.wav", $"-i {demo.FullName} -vn -t 3", cancellationToken),
                await MakeAsync(folder, "speech.mp3", $"-i {demo.FullName} -vn -ss 3 -t 4 -c:a libmp3lame", cancellationToken),
                await MakeAsync(folder, "silent.mp4", $"{Picture} -t 2 {H264}", cancellationToken),
                await MakeAsync(folder, "silent-face.mp4", $"-i {demo.FullName} -an -t 2 {H264}", cancellationToken),
                await MakeAsync(folder, "both.webm", $"-i {demo.FullName} -t 1 -c:v libvpx -deadline realtime -c:a libopus", cancellationToken),
                await MakeAsync(folder, "both.mp4", $"-i {demo.FullName} -t 4 {H264} -c:a aac", cancellationToken),
                new LoadClip("demo.mp4", await File.ReadAllBytesAsync(demo.FullName, cancellationToken)),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<LoadClip> MakeAsync(string folder, string name, string arguments, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        using var ffmpeg = Process.Start("ffmpeg", string.Create(CultureInfo.InvariantCulture, $"-nostdin -v error -y {arguments} {path}"));
        await ffmpeg.WaitForExitAsync(cancellationToken);
        return ffmpeg.ExitCode == 0
            ? new LoadClip(name, await File.ReadAllBytesAsync(path, cancellationToken))
            : throw new InvalidOperationException($"ffmpeg could not make {name}.");
    }
}
