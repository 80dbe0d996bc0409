using System.IO.Compression;
using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests.Own;

public sealed class OwnCorpusTests : IDisposable
{
    private static readonly string[] People = [.. Enumerable.Range(1, 6).Select(i => $"person {i}")];
    private readonly string _root = Directory.CreateTempSubdirectory("own-corpus-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Read_FolderWithPeopleInFolders_DividesThemAndKnowsTheLabels()
    {
        var folder = Folder("good", [.. People.SelectMany(person => new[] { ($"{person}/1.wav", "joy", person), ($"{person}/2.wav", "Sadness", person) })]);
        File.WriteAllText(Path.Combine(folder, "README.txt"), "no clip");

        var corpus = await ReadAsync(folder);

        Assert.Equal(12, corpus.Clips.Count);
        Assert.Equal(["happy", "sad"], EmotionLabels.Names.Where((_, label) => corpus.Covered[label]));
        Assert.Equal(corpus.Clips.Count, Enum.GetValues<SubjectPart>().Sum(part => corpus.Of(part).Count()));
        Assert.All(Enum.GetValues<SubjectPart>(), part => Assert.NotEmpty(corpus.Of(part)));
        Assert.DoesNotContain("person", corpus.Split, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_EverythingWrongAtOnce_TellsAllOfItByRowAndColumn()
    {
        var folder = Folder("bad", [("a.wav", "happy", "Anna"), ("b.wav", "sad", "Bo"), ("c.wav", "happy", "Cem")]);
        File.WriteAllText(Path.Combine(folder, "labels.csv"), """
            clip,emotion,subject
            a.wav,joyful,Anna
            missing.wav,happy,Bo
            ../a.wav,happy,Bo
            /etc/passwd,sad,Bo
            b.wav,sad,
            b.wav,,Bo
            ,sad,Bo
            labels.csv,sad,Bo
            """);

        var wrong = await Assert.ThrowsAsync<CorpusException>(() => ReadAsync(folder));

        string[] lines = wrong.Message.Split('\n');
        Assert.Equal(
        [
            "The corpus 'bad' cannot be used:",
            "  row 2, column emotion: 'joyful' is none: say one of neutral, calm, happy, sad, angry, fearful, disgust, surprised",
            "  row 3, column clip: there is no file 'missing.wav' in the corpus (links are not followed; capitals count)",
            "  row 4, column clip: '../a.wav' leaves the corpus: say a path within it",
            "  row 5, column clip: '/etc/passwd' leaves the corpus: say a path within it",
            "  row 6, column subject: is empty: say who it is, by any name, since no one may be both learned from and tested with",
            "  row 7, column clip: 'b.wav' has a row already, row 6",
            "  row 7, column emotion: is empty: say one of neutral, calm, happy, sad, angry, fearful, disgust, surprised",
            "  row 8, column clip: is empty: say the clip's path in the corpus",
            "  row 9, column clip: is the table itself",
            "  the clip 'c.wav' has no row in labels.csv",
        ], lines);
    }

    [Fact]
    public async Task Read_MoreFaultsThanAreTold_CountsTheRest()
    {
        var folder = Folder("many", [.. Enumerable.Range(0, 9).Select(i => ($"{i}.wav", "glad", $"person {i}"))]);

        var wrong = await Assert.ThrowsAsync<CorpusException>(() => OwnCorpus.ReadAsync(folder, new OwnCorpusOptions { MaximumFaults = 4 }, Token));

        Assert.Equal(6, wrong.Message.Split('\n').Length);
        Assert.EndsWith("  and 5 more", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_LinkOutOfTheFolder_IsNoFileOfIt()
    {
        var folder = Folder("links", [.. People.Select((person, i) => ($"{i}.wav", i % 2 == 0 ? "happy" : "sad", person))]);
        File.Delete(Path.Combine(folder, "3.wav"));
        File.CreateSymbolicLink(Path.Combine(folder, "3.wav"), "/etc/hostname");

        Assert.Contains("row 5, column clip: there is no file '3.wav'", (await Assert.ThrowsAsync<CorpusException>(() => ReadAsync(folder))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Anna,Bo", "happy,sad", "there are 2 subjects, and at least 3 are needed")]
    [InlineData("Anna,Bo,Cem", "happy", "all clips are 'happy'")]
    public async Task Read_TooFewPeopleOrEmotions_SaysHowManyAreNeeded(string people, string emotions, string said)
    {
        var clips = people.Split(',').SelectMany(person => emotions.Split(',').Select(emotion => ($"{person}-{emotion}.wav", emotion, person)));

        Assert.Contains(said, (await Assert.ThrowsAsync<CorpusException>(() => ReadAsync(Folder("few", [.. clips])))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_EmotionThatOnlyTestPeopleShow_IsRefusedByName()
    {
        var tested = OwnSplit.Of(People).Where(one => one.Value == SubjectPart.Test).Select(one => one.Key).First();
        var clips = People.SelectMany(person => new[] { ($"{person}1.wav", "happy", person), ($"{person}2.wav", "sad", person) }).Append(("calm.wav", "calm", tested));

        var wrong = await Assert.ThrowsAsync<CorpusException>(() => ReadAsync(Folder("calm", [.. clips])));

        Assert.Contains("'calm' is shown only by people who are kept for testing", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_OfManyPeople_IsThatOfTheirNamesAndStaysWhenOthersCome()
    {
        var people = Enumerable.Range(0, 40).Select(i => $"p{i}").ToList();
        var (few, many) = (OwnSplit.Of(people[..30]), OwnSplit.Of(people));

        Assert.All(few, one => Assert.Equal((SubjectSplit.PartOf(one.Key), one.Value), (one.Value, many[one.Key])));
    }

    [Fact]
    public void Split_OfAnyThreePeople_FillsEveryPart()
    {
        for (var i = 0; i < 50; i++)
        {
            var parts = OwnSplit.Of([$"x{i}", $"y{i}", $"z{i}"]);

            Assert.Equal(3, parts.Values.Distinct().Count());
        }
    }

    [Fact]
    public async Task Begin_WithAZip_UnpacksItIntoTheRunAndFindsClipsByTheirOldPaths()
    {
        var run = new RunFolder(Path.Combine(_root, "run"));
        var folder = Folder("zipped", [.. People.SelectMany((person, i) => new[] { ($"{person}/h{i}.wav", "happy", person), ($"{person}/s{i}.wav", "sad", person) })]);
        var zip = Path.Combine(_root, "zipped.zip");
        ZipFile.CreateFromDirectory(folder, zip);

        var (kept, corpus) = await RunCorpus.BeginAsync(run, new OwnCorpusSource(zip, "ours", "as agreed", false), new OwnCorpusOptions(), Token);
        var (_, again) = await RunCorpus.BeginAsync(run, null, new OwnCorpusOptions(), Token);

        Assert.Equal(run.FilePath("corpus"), kept.Folder);
        Assert.All(corpus.Clips, clip => Assert.True(File.Exists(clip.File)));
        Assert.Equal((corpus.Digest, 12), (again.Digest, again.Clips.Count));
    }

    [Fact]
    public async Task Begin_WithAZipThatIsRefused_LeavesNoRun()
    {
        var run = Path.Combine(_root, "run");
        var (noTable, nested) = (Zip("no-table", "a.wav"), Zip("nested", "labels.csv", "b.zip"));

        foreach (var (zip, said) in new[] { (noTable, "has no labels.csv"), (nested, "an archive in the archive") })
        {
            var wrong = await Assert.ThrowsAsync<CorpusException>(() => RunCorpus.BeginAsync(
                new RunFolder(run), new OwnCorpusSource(zip, "x", "", false), new OwnCorpusOptions(), Token));

            Assert.Contains(said, wrong.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(run));
        }
    }

    [Fact]
    public async Task Begin_AgainAfterAClipChanged_IsRefused()
    {
        var run = new RunFolder(Path.Combine(_root, "run"));
        var folder = Folder("changing", [.. People.SelectMany(person => new[] { ($"{person}1.wav", "happy", person), ($"{person}2.wav", "sad", person) })]);
        await RunCorpus.BeginAsync(run, new OwnCorpusSource(folder, "ours", "as agreed", false), new OwnCorpusOptions(), Token);
        File.WriteAllText(Path.Combine(folder, People[0] + "1.wav"), "another");

        var wrong = await Assert.ThrowsAsync<CorpusException>(() => RunCorpus.ReopenAsync(run, new OwnCorpusOptions(), Token));

        Assert.Contains("has changed since the run began", wrong.Message, StringComparison.Ordinal);
    }

    private static Task<OwnCorpus> ReadAsync(string folder) => OwnCorpus.ReadAsync(folder, new OwnCorpusOptions(), Token);

    private string Folder(string name, (string Clip, string Emotion, string Subject)[] clips)
    {
        var folder = Path.Combine(_root, name);
        foreach (var (clip, _, _) in clips)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, clip))!);
            File.WriteAllText(Path.Combine(folder, clip), clip);
        }

        File.WriteAllLines(Path.Combine(folder, "labels.csv"), ["clip,emotion,subject", .. clips.Select(clip => $"{clip.Clip},{clip.Emotion},{clip.Subject}")]);
        return folder;
    }

    private string Zip(string name, params string[] entries)
    {
        var path = Path.Combine(_root, name + ".zip");
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var entry in entries)
        {
            using var writer = new StreamWriter(archive.CreateEntry(entry).Open());
            writer.Write("clip,emotion,subject\n");
        }

        return path;
    }
}
