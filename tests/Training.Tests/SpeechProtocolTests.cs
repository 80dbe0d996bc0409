using Emotion.Training.Datasets;
using Emotion.Training.Splits;
using Emotion.Training.Tests.Reports;

namespace Emotion.Training.Tests;

/// <summary>Who is in which part, for all six folds of every protocol: what the figures of the speech study stand on.</summary>
public sealed class SpeechProtocolTests : IDisposable
{
    /// <summary>The same bytes under two names.</summary>
    private const string Twin = "03-01-03-01-02-01-07", OtherTwin = "03-01-03-01-02-02-07";

    private static readonly SpeechRecording[] Recordings =
        [.. Enumerable.Range(1, Ravdess.Actors).SelectMany(StudyFolder.Recordings).Select(name => new SpeechRecording(name, Ravdess.Parse(name).Label, Ravdess.Parse(name).Subject, []))];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-protocol-");
    private readonly DataRoot _data;

    public SpeechProtocolTests()
    {
        var lines = StudyFolder.Folds.Select((actors, i) => $"{i + 1},{string.Join(' ', actors.Select(actor => $"{actor:00}"))}");
        File.WriteAllLines(Path.Combine(_folder.CreateSubdirectory("ravdess").FullName, "folds.csv"), lines.Prepend("fold,test_actors"));
        _data = new DataRoot(_folder.FullName, _folder.FullName);
    }

    public static TheoryData<string, bool> ByActor => new()
    {
        { SplitProtocol.Actors, false }, { SplitProtocol.Actors, true }, { SplitProtocol.Sentence, false },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(ByActor))]
    public void SpeechSplit_OfEveryFold_PutsNoActorIntoTwoPartsAndTestsEachOnce(string protocol, bool shuffled)
    {
        var tested = new List<int>();
        for (var fold = 1; fold <= SpeechSplitSpec.Folds; fold++)
        {
            var split = Split(fold, protocol, shuffled);

            Assert.Equal(18, Actors(split.Training).Count);
            Assert.Equal([0, 1], Actors(split.Validation).Select(actor => actor % 2).Order());
            Assert.Equal(StudyFolder.Folds[fold - 1], Actors(split.Test).Order());
            Assert.Equal(24, Actors([.. split.Training, .. split.Validation, .. split.Test]).Count);
            Assert.Empty(split.Fusion);
            tested.AddRange(Actors(split.Test));
        }

        Assert.Equal(Enumerable.Range(1, 24), tested.Order());
    }

    [Fact]
    public void SpeechSplit_OfEveryFold_KeepsTheTwinsOfActorSevenOnOneSide()
    {
        for (var fold = 1; fold <= SpeechSplitSpec.Folds; fold++)
        {
            var split = Split(fold, SplitProtocol.Actors, false);

            var part = Assert.Single(new[] { split.Training, split.Validation, split.Test }, some => some.Any(recording => recording.Name == Twin));
            Assert.Contains(part, recording => recording.Name == OtherTwin);
        }
    }

    [Fact]
    public void SpeechSplit_OfEveryFold_UsesEveryRecordingOnce()
    {
        for (var fold = 1; fold <= SpeechSplitSpec.Folds; fold++)
        {
            var split = Split(fold, SplitProtocol.Actors, false);

            Assert.Equal((1080, 120, 240), (split.Training.Count, split.Validation.Count, split.Test.Count));
            Assert.Equal(1440, split.Training.Concat(split.Validation).Concat(split.Test).Select(recording => recording.Name).Distinct().Count());
        }
    }

    [Fact]
    public void SpeechSplit_OfTheFoldThatShips_NeverTrainsOnTheDemoClipsActor() =>
        Assert.DoesNotContain(19, Actors(Split(1, SplitProtocol.Actors, false).Training));

    [Fact]
    public void SpeechSplit_WithShuffledLabels_KeepsEachActorsLabelsAndTheTestPart()
    {
        var (plain, shuffled) = (Split(2, SplitProtocol.Actors, false), Split(2, SplitProtocol.Actors, true));

        Assert.Equal(plain.Test, shuffled.Test);
        foreach (var (before, after) in new[] { (plain.Training, shuffled.Training), (plain.Validation, shuffled.Validation) })
        {
            var labels = after.ToDictionary(recording => recording.Name, recording => recording.Label);
            Assert.Equal(before.Select(recording => recording.Name).Order(), labels.Keys.Order());
            Assert.All(Actors(before), actor => Assert.Equal(
                before.Where(recording => recording.Subject == actor).Select(recording => recording.Label).Order(),
                after.Where(recording => recording.Subject == actor).Select(recording => recording.Label).Order()));
            // By chance one in eight keeps its own.
            Assert.Equal(1 / 8.0, before.Count(recording => labels[recording.Name] == recording.Label) / (double)before.Count, 0.08);
        }
    }

    [Fact]
    public void SpeechSplit_WithASentenceHeldOut_NeverHearsTheTestsSentence()
    {
        var split = Split(3, SplitProtocol.Sentence, false);

        static string Sentence(SpeechRecording recording) => recording.Name.Split('-')[4];
        Assert.All(split.Training.Concat(split.Validation), recording => Assert.Equal("01", Sentence(recording)));
        Assert.All(split.Test, recording => Assert.Equal("02", Sentence(recording)));
    }

    [Fact]
    public void SpeechSplit_AtRandom_PutsActorsIntoAllPartsAndSaysThatItLeaks()
    {
        var spec = SpeechSplitSpec.OfFold(1) with { Protocol = SplitProtocol.Random };
        var split = SpeechSplit.Of(Recordings, spec, StudyFolder.Folds[0]);

        Assert.Equal((1080, 120, 240), (split.Training.Count, split.Validation.Count, split.Test.Count));
        Assert.Equal(1440, split.Training.Concat(split.Validation).Concat(split.Test).Select(recording => recording.Name).Distinct().Count());
        Assert.Equal(24, Actors(split.Training).Intersect(Actors(split.Test)).Count());
        Assert.StartsWith("LEAKING", SpeechSplit.Describe(spec, StudyFolder.Folds[0]), StringComparison.Ordinal);
        Assert.DoesNotContain("LEAKING", SpeechSplit.Describe(spec with { Protocol = SplitProtocol.Actors }, StudyFolder.Folds[0]), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public void Corpus_OfTheFolds_HasTheOnlyTwinsInOnePartAndTheFoldsThatTheseTestsTake()
    {
        var data = DataRoot.FromEnvironment();
        for (var fold = 1; fold <= SpeechSplitSpec.Folds; fold++)
        {
            Assert.Equal(StudyFolder.Folds[fold - 1], Ravdess.TestActors(data, fold));
        }

        var twins = Directory.GetFiles(data.Corpus("ravdess", "speech"), "*.flac", SearchOption.AllDirectories)
            .GroupBy(file => DataDigest.Of(File.ReadAllBytes(file))).Where(group => group.Count() > 1).ToList();

        Assert.Equal([Twin, OtherTwin], Assert.Single(twins).Select(Path.GetFileNameWithoutExtension).Order());
    }

    private SpeechSplit Split(int fold, string protocol, bool shuffled)
    {
        var spec = SpeechSplitSpec.OfFold(fold) with { Protocol = protocol, ShuffledLabels = shuffled };
        return SpeechSplit.Of(Recordings, spec, Ravdess.TestActors(_data, fold));
    }

    private static HashSet<int> Actors(IEnumerable<SpeechRecording> part) => [.. part.Select(recording => recording.Subject)];
}
