using Emotion.Training.Datasets;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests.Faces;

public sealed class RecordedFacesTests : IDisposable
{
    private static readonly FaceVideoCorpora Corpora = new(["ravdess-video", "crema-d-video"]);
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-recorded-").FullName;
    private readonly List<string> _said = [];

    public RecordedFacesTests() => File.WriteAllLines(
        Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "labelled", "a")).Parent!.FullName, "manifest.csv"),
        ["clip,subject,emotion,speech", "a/clip.mp4,RAVDESS_01,neutral,1", "a/none.mp4,CREMA-D_1003,contempt,1"]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Find_PeopleOfLabelledClips_AreForTestAndTheClipsThemselvesForNothing()
    {
        // By his name alone the actor would train.
        Assert.Equal(SubjectPart.Training, SubjectSplit.PartOf("RAVDESS-01"));
        File.WriteAllText(Path.Combine(_folder, "labelled", "a", "clip.mp4"), "the clip");
        Put("ravdess-video/Actor_01/01-01-03-01-01-01-01.mp4", "another of his");
        Put("ravdess-video/Actor_05/01-01-03-01-01-01-05.mp4", "the clip");
        Put("ravdess-video/Actor_06/01-01-03-01-01-01-06.mp4", "somebody else");
        Put("crema-d-video/1003_DFA_ANG_XX.flv", "hers");

        var recorded = await FindAsync();

        Assert.Equal(["RAVDESS-01", "CREMA-D-1003"], recorded.Of(SubjectPart.Test).Select(video => video.Subject).Intersect(["RAVDESS-01", "CREMA-D-1003"]));
        Assert.DoesNotContain(recorded.Of(SubjectPart.Training).Concat(recorded.Of(SubjectPart.Validation)), video => video.Subject is "RAVDESS-01" or "CREMA-D-1003");
        Assert.DoesNotContain(recorded.Videos, video => video.Subject == "RAVDESS-05");
        Assert.Contains("1 recordings left out: they are labelled clips, which only judge", _said);
        Assert.Equal(["CREMA-D video", "RAVDESS video"], recorded.Datasets.Select(dataset => dataset.Name));
        Assert.All(recorded.Datasets, dataset => Assert.Matches("^[0-9a-f]{64}$", dataset.Digest));
    }

    [Fact]
    public async Task Find_LabelsThatFacesDoNotCover_AreLeftOutAndCounted()
    {
        Put("ravdess-video/01-01-02-01-01-01-06.mp4", "calm");
        Put("ravdess-video/01-01-02-01-01-01-07.mp4", "calm, too");
        Put("ravdess-video/01-01-03-01-01-01-06.mp4", "happy");

        var recorded = await FindAsync();

        Assert.Equal("01-01-03-01-01-01-06", Assert.Single(recorded.Videos).Name);
        Assert.Contains("2 recordings left out: they show calm, which a face network cannot answer", _said);
    }

    [Fact]
    public async Task Find_OneFolderOfTwo_IsEnoughAndNoneIsRefused()
    {
        Assert.Contains("at least one", (await Assert.ThrowsAsync<CorpusMissingException>(FindAsync)).Message, StringComparison.Ordinal);

        Put("crema-d-video/1001_DFA_ANG_XX.flv", "hers");
        Assert.Single((await FindAsync()).Videos);
        Assert.Contains(_said, line => line.Contains("ravdess-video' is not there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Find_WithoutTheListOfLabelledClips_IsRefused()
    {
        Put("crema-d-video/1001_DFA_ANG_XX.flv", "hers");
        Directory.Delete(Path.Combine(_folder, "labelled"), recursive: true);

        Assert.Contains("EMOTION_CLIPS", (await Assert.ThrowsAnyAsync<CorpusException>(FindAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Licence_OfAPackageWithRecordings_SaysTheirTerms()
    {
        Assert.Contains("RAVDESS (CC BY-NC-SA 4.0", Licences.Video(["RAVDESS", "CREMA-D"]).Note, StringComparison.Ordinal);
        Assert.Contains("CREMA-D (Open Database License", Licences.Video(["RAVDESS", "CREMA-D"]).Note, StringComparison.Ordinal);
        Assert.StartsWith("Trained on FER2013 (research), CK+ (research agreement). ", Licences.Video([]).Note, StringComparison.Ordinal);
    }

    private Task<RecordedFaces> FindAsync() => RecordedFaces.FindAsync(
        new DataRoot(_folder, _folder) { LabelledClips = Path.Combine(_folder, "labelled") }, Corpora, _said.Add, TestContext.Current.CancellationToken);

    private void Put(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
