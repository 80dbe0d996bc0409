using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;

namespace Emotion.Training.Tests.Faces;

public sealed class FaceVideosTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-videos-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("01-01-08-02-01-01-19.mp4", "RAVDESS-19", "surprised")]
    [InlineData("1001_DFA_ANG_XX.flv", "CREMA-D-1001", "angry")]
    [InlineData("02-01-08-02-01-01-19.mp4", null, null)]
    [InlineData("01-02-08-02-01-01-19.mp4", null, null)]
    [InlineData("notes.txt", null, null)]
    public void Parse_FileName_TellsWhoAndWhat(string name, string? subject, string? label)
    {
        var video = FaceVideos.Parse("/somewhere/" + name);

        Assert.Equal((subject, label), (video?.Subject, video is null ? null : EmotionLabels.Names[video.Label]));
    }

    [Fact]
    public void Find_FolderWithoutRecordings_SaysWhatIsMissing() =>
        Assert.Contains("01-01-*.mp4", Assert.Throws<CorpusException>(() => FaceVideos.Find(_folder)).Message, StringComparison.Ordinal);

    [Fact]
    public void Find_RecordingsOfOneName_ComeInTheOrderOfTheirFolders()
    {
        foreach (var folder in (string[])["c", "a", "b"])
        {
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName, "1001_DFA_ANG_XX.flv"), folder);
        }

        Assert.Equal(["a", "b", "c"], FaceVideos.Find(_folder).Select(video => Path.GetFileName(Path.GetDirectoryName(video.File))));
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task Read_RealRecordings_GivesTheFacesOfEachAndTheSameFromTheCache()
    {
        var clips = Environment.GetEnvironmentVariable("EMOTION_CLIPS") ?? Path.Combine(DataRoot.RepositoryRoot(), "..", "shared", "clips");
        File.Copy(Path.Combine(clips, "ravdess-actor19-surprised.mp4"), Path.Combine(_folder, "01-01-08-02-01-01-19.mp4"));
        File.Copy(Path.Combine(clips, "crema-d-1001-angry.flv"), Path.Combine(_folder, "1001_DFA_ANG_XX.flv"));
        var recipe = RecipeFile.Read<VideoRecipe>("video");
        var spec = new VideoSpec
        {
            LongestPictureSide = recipe.LongestPictureSide, FaceFrame = recipe.FaceFrame, Sequence = RecipeFile.Read<SequenceRecipe>("sequence").Sequence,
        };
        using var detector = await DetectorLoan.TakeAsync(recipe.FaceFrame.Detector, TestContext.Current.CancellationToken);
        var cache = Path.Combine(_folder, "cache");
        var said = new List<string>();
        using var reader = new FaceVideoReader(spec, detector.Detector, detector.Digest, cache);
        File.WriteAllText(Path.Combine(_folder, "1002_DFA_ANG_XX.flv"), "not a film");

        var first = await reader.ReadAsync(FaceVideos.Find(_folder), said.Add, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var stamps = Directory.GetFiles(Path.Combine(cache, "faces")).Select(File.GetLastWriteTimeUtc).ToList();
        var second = await reader.ReadAsync(FaceVideos.Find(_folder), _ => { }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["RAVDESS-19", "CREMA-D-1001"], first.Select(sequence => sequence.Subject));
        Assert.All(first, sequence => Assert.InRange(sequence.Faces.Count, 8, 40));
        Assert.All(first.SelectMany(sequence => sequence.Faces), face => Assert.Equal(48 * 48, face.Length));
        Assert.Equal(first.Select(sequence => sequence.Faces.Count), second.Select(sequence => sequence.Faces.Count));
        Assert.Equal(first[1].Faces[^1], second[1].Faces[^1]);
        Assert.Equal(2, stamps.Count);
        Assert.Equal(stamps, Directory.GetFiles(Path.Combine(cache, "faces")).Select(File.GetLastWriteTimeUtc));
        Assert.Contains(said, line => line.Contains("1002_DFA_ANG_XX.flv' cannot be read", StringComparison.Ordinal));
        Assert.Equal("2 recordings with a face, 0 without, 1 that cannot be read", said[^1]);

        using var another = new FaceVideoReader(spec, detector.Detector, "another detector", cache);
        var one = FaceVideos.Find(_folder).Where(video => video.Corpus == "RAVDESS").ToList();
        await another.ReadAsync(one, _ => { }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(cache, "faces")).Length);
    }
}
