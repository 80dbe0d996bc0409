using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.Media;
using Emotion.SystemBench;
using Microsoft.Extensions.Options;

namespace Emotion.Inference.Tests;

/// <summary>
/// Films of two faces whose places are known, cut in two segments, through ffmpeg, the real detector and the tracks. It is twice the same
/// photograph, so nothing but place, size and movement tells them apart.
/// </summary>
public sealed class TwoFacesTests(ITestOutputHelper output, TwoFacesTests.ProofFilms films) : IClassFixture<TwoFacesTests.ProofFilms>, IDisposable
{
    private readonly Packages _packages = new();
    private readonly FFMpegGuard _guard = new(new MediaOptions());
    private readonly string _film = Path.Combine(Path.GetTempPath(), $"emotion-{Guid.NewGuid():n}.mkv");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        File.Delete(_film);
        _guard.Dispose();
        _packages.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Tracks_TwoWhoCross_KeepWhoIsWho(int detectEvery)
    {
        // The first walks to the right, in front of the second who walks to the left: 240 pixels a second towards each other.
        await Pictures.FacesAsync(_film, 3.6, "[bg][b]overlay=x=490-120*t:y=90[x];[x][a]overlay=x=40+120*t:y=70");
        var truth = new List<IdentifiedBox>();
        for (var picture = 0; picture < 18; picture++)
        {
            var moved = 24 * picture;
            var front = FacePatch.Face.Shifted(40 + moved, 70);
            var behind = FacePatch.Mirrored.Shifted(490 - moved, 90);
            truth.Add(new(picture, 1, front));
            if (behind.Covered(new FaceBox(40 + moved, 70, 190 + moved, 255)) <= 0.5f)
            {
                truth.Add(new(picture, 2, behind));
            }
        }

        await MatchAsync(truth, 3.6, detectEvery);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Tracks_OneHiddenForAWhile_IsTheSameAfter(int detectEvery)
    {
        // The first sways, and something comes before it from 1.5 to 2.1 s; the second draws near, and grows no larger.
        await Pictures.FacesAsync(
            _film, 4, "color=gray:s=220x260:r=25[g];[bg][a]overlay=x=60+20*sin(2*t):y=80[x];[x][b]overlay=x=440-15*t:y=60[y];[y][g]overlay=x=20:y=50:enable=between(t\\,1.5\\,2.1)");
        var truth = new List<IdentifiedBox>();
        for (var picture = 0; picture < 20; picture++)
        {
            var seconds = picture / 5f;
            truth.Add(new(picture, 2, FacePatch.Mirrored.Shifted(440 - 15 * seconds, 60)));
            if (seconds is < 1.5f or > 2.1f)
            {
                truth.Add(new(picture, 1, FacePatch.Face.Shifted(60 + 20 * MathF.Sin(2 * seconds), 80)));
            }
        }

        await MatchAsync(truth, 4, detectEvery);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Tracks_FilmsOfTheProof_KeepWhoIsWho(int detectEvery)
    {
        foreach (var film in TwoFaceFilm.All)
        {
            var result = await AnalyzeAsync(await films.FileOfAsync(film), "mov", [0, 10, 20, TwoFaceFilm.Seconds], detectEvery);

            var found = result.Tracks.SelectMany(track => track.Boxes.Select(box => TwoFaceFilm.Found(
                track.FaceId, box.Seconds, box.Box.Left, box.Box.Top, box.Box.Width, box.Box.Height))).ToList();
            var (score, switches) = (IdentityScore.Idf1(film.Truth, found), IdentityScore.Switches(film.Truth, found));
            output.WriteLine($"{film.Name}: IDF1 {score:0.000}, {switches} switches, {result.Tracks.Count} tracks");
            Assert.InRange(score, 0.9, 1);
            Assert.InRange(switches, 0, 1);
        }
    }

    [Fact]
    public async Task Tracks_CutToAnotherScene_AreNotOne()
    {
        // The same face at the same place, before a background that changes at 1 s.
        await Pictures.FacesAsync(
            _film, 2, "testsrc2=s=640x360:r=25:d=2[t];[bg][t]overlay=enable=gte(t\\,0.99)[x];[x][a]overlay=x=200:y=70");

        var result = await AnalyzeAsync(2, 1);

        Assert.Equal(2, result.Tracks.Count);
        var (before, after) = (result.Tracks.MinBy(track => track.StartSeconds)!, result.Tracks.MaxBy(track => track.StartSeconds)!);
        Assert.Equal((0, 0.8, 1, 1.8), (before.StartSeconds, before.EndSeconds, after.StartSeconds, after.EndSeconds));
        Assert.Equal(2, result.Windows.Count);
        Assert.All(result.Windows, window => Assert.Equal(5, window.FaceFrames));
    }

    [Fact]
    public async Task Tracks_MoreFacesThanAreAnsweredFor_AreTheLargestAndLongest()
    {
        await Pictures.FacesAsync(_film, 2, "[b]scale=100:-2[s];[bg][s]overlay=x=60:y=80[x];[x][a]overlay=x=400:y=60:enable=gte(t\\,0.5)");

        var result = await AnalyzeAsync(2, 1, 1);

        var track = Assert.Single(result.Tracks);
        Assert.Equal((1, 0.6), (track.FaceId, track.StartSeconds));
        Assert.True(track.Boxes[0].Box.Left > 0.5f);
    }

    private async Task MatchAsync(List<IdentifiedBox> truth, double seconds, int detectEvery)
    {
        var result = await AnalyzeAsync(seconds, detectEvery);

        var found = result.Tracks.SelectMany(track => track.Boxes.Select(box => new IdentifiedBox(
            (int)Math.Round(box.Seconds * 5), track.FaceId,
            new FaceBox(box.Box.Left * 640, box.Box.Top * 360, box.Box.Right * 640, box.Box.Bottom * 360)))).ToList();
        var score = IdentityScore.Idf1(truth, found);
        output.WriteLine($"IDF1 {score:0.000} ({truth.Count} true boxes, {found.Count} found in {result.Tracks.Count} tracks)");
        Assert.InRange(score, 0.9, 1);
    }

    private Task<SequenceResult> AnalyzeAsync(double seconds, int detectEvery, int maximumTracks = 8) =>
        AnalyzeAsync(_film, "matroska", [0, 1.4, seconds], detectEvery, maximumTracks);

    private async Task<SequenceResult> AnalyzeAsync(string film, string container, double[] borders, int detectEvery, int maximumTracks = 8)
    {
        var spec = Packages.FaceFrame with
        {
            Detector = Packages.FaceFrame.Detector with
            {
                DetectEvery = detectEvery, Follow = new FaceFollowSpec { MinimumCorrelation = 0.8f, Reach = 0.4f },
            },
            Tracks = Packages.FaceFrame.Tracks with { MaximumTracks = maximumTracks },
        };
        await using var model = VideoModel.Load(await _packages.VideoAsync(spec), Packages.Runtime);
        var analyzer = new SegmentAnalyzer(new SegmentDecoder(_guard), Options.Create(new SegmentOptions()));
        var frames = new List<FaceFrame>();
        foreach (var (start, end) in borders.Zip(borders.Skip(1)))
        {
            frames.AddRange((await analyzer.AnalyzeAsync(model, film, container, 0, start, end, Token)).Frames);
        }

        return model.ClassifySequence(frames, [new ClipWindow(0, 0, borders[^1])], Token);
    }

    /// <summary>Each made once.</summary>
    public sealed class ProofFilms : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-films-");
        private readonly Dictionary<string, FileInfo> _made = [];

        public void Dispose() => _folder.Delete(recursive: true);

        internal async Task<string> FileOfAsync(TwoFaceFilm film) =>
            (_made.GetValueOrDefault(film.Name) ?? (_made[film.Name] = await film.MakeAsync(Repository.PathOf(), _folder.FullName, Token))).FullName;
    }
}
