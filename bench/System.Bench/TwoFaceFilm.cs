using System.Diagnostics;
using Emotion.Features.Faces;

namespace Emotion.SystemBench;

/// <summary>
/// A film of twice the same face, so that nothing but place, size and movement tells who is who, and the truth about it. 24 s with key
/// frames every 2 s: three segments, cut at 10 and 20 s.
/// </summary>
/// <param name="Graph">Of <see cref="FacePatch.Arguments"/>.</param>
/// <param name="At">Who is to be seen where at a time. Whoever is hidden by more than half is not.</param>
internal sealed record TwoFaceFilm(string Name, string Graph, Func<double, IEnumerable<(int Person, FaceBox Box)>> At)
{
    public const int Seconds = 24, People = 2;

    /// <summary>As often as the models look at pictures.</summary>
    private const int PicturesPerSecond = 5;

    /// <summary>They walk through each other every 4 s, first at 2 s: the third time where a segment ends.</summary>
    private static readonly TwoFaceFilm Crossing = new(
        "crossing",
        "[bg][b]overlay=x=245+205*cos(0.785398*t):y=90[x];[x][a]overlay=x=245-205*cos(0.785398*t):y=70",
        seconds =>
        {
            var walked = 205 * Math.Cos(0.785398 * seconds);
            var front = FacePatch.Face.Shifted(245 - walked, 70);
            var behind = FacePatch.Mirrored.Shifted(245 + walked, 90);
            var patch = new FaceBox(0, 0, 150, 185).Shifted(245 - walked, 70);
            return behind.Covered(patch) > 0.5f ? [(1, front)] : [(1, front), (2, behind)];
        });

    /// <summary>
    /// One sways and is hidden by a board for 0.6 s, twice, the second time where a segment ends; the other leaves the picture for 0.6 s, and
    /// again for 2.4 s, which is longer than a track waits: then it gets another number, which the truth holds against us.
    /// </summary>
    private static readonly TwoFaceFilm LostAndBack = new(
        "lost-and-back",
        "color=gray:s=220x260:r=25[g];[bg][a]overlay=x=60+20*sin(2*t):y=80[x];"
        + @"[x][b]overlay=x=440+240*(clip(t-12\,0\,5/6)-clip(t-12-5/6\,0\,5/6)+clip(t-19.5\,0\,5/6)-clip(t-22-1/6\,0\,5/6)):y=60[y];"
        + @"[y][g]overlay=x=20:y=50:enable=between(t\,4.1\,4.7)+between(t\,9.7\,10.3)",
        seconds =>
        {
            double Walk(double from) => 240 * Math.Clamp(seconds - from, 0, 5 / 6.0);
            var leaving = FacePatch.Mirrored.Shifted(440 + Walk(12) - Walk(12 + 5 / 6.0) + Walk(19.5) - Walk(22 + 1 / 6.0), 60);
            var swaying = FacePatch.Face.Shifted(60 + 20 * Math.Sin(2 * seconds), 80);
            var present = new List<(int, FaceBox)>();
            if (seconds is not (>= 4.1 and <= 4.7 or >= 9.7 and <= 10.3))
            {
                present.Add((1, swaying));
            }

            if (leaving.Visible().Area > 0.5f * leaving.Area)
            {
                present.Add((2, leaving.Visible()));
            }

            return present;
        });

    public static IReadOnlyList<TwoFaceFilm> All { get; } = [Crossing, LostAndBack];

    public IReadOnlyList<IdentifiedBox> Truth { get; } =
    [
        .. Enumerable.Range(0, Seconds * PicturesPerSecond)
            .SelectMany(picture => At((double)picture / PicturesPerSecond).Select(one => new IdentifiedBox(picture, one.Person, one.Box))),
    ];

    /// <summary>A box of a track as the gateway tells it, in shares of the picture.</summary>
    public static IdentifiedBox Found(int face, double seconds, double left, double top, double width, double height)
    {
        var (x, y) = ((float)left * FacePatch.PictureWidth, (float)top * FacePatch.PictureHeight);
        return new IdentifiedBox(
            (int)Math.Round(seconds * PicturesPerSecond), face,
            new FaceBox(x, y, x + (float)width * FacePatch.PictureWidth, y + (float)height * FacePatch.PictureHeight));
    }

    /// <summary>Makes it, in a folder.</summary>
    /// <param name="repository">Where npm's packages are.</param>
    /// <exception cref="InvalidOperationException">ffmpeg failed.</exception>
    public async Task<FileInfo> MakeAsync(string repository, string folder, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, $"{Name}.mp4"));
        var photograph = Path.Combine(repository, FacePatch.Photograph);
        var arguments = $"-nostdin -v error -y {FacePatch.Arguments(photograph, Seconds, Graph)} -g 50 -c:v libx264 -preset ultrafast -pix_fmt yuv420p";
        var start = new ProcessStartInfo("ffmpeg", [.. arguments.Split(' '), file.FullName]) { RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? file : throw new InvalidOperationException($"{file.Name} was not made: {errors}");
    }
}
