using System.IO.Compression;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;
using Emotion.Training.Tests.Own;
using Emotion.Training.Tests.Words;

namespace Emotion.Training.Tests;

/// <summary>What `publish --evaluate` asks of a package before it is uploaded.</summary>
[Collection(nameof(SmallTextPackage))]
public sealed class PublishTrialTests(SmallTextPackage small) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-publish-trial-").FullName;
    private readonly List<string> _said = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Trial_WhereTheCorpusIs_ComputesTheFiguresAnewUnlessToldNotTo()
    {
        var (data, package) = (small.Data, small.Package);

        await TriedAsync(data, package, PublishTrial.Always);
        await TriedAsync(data, package, PublishTrial.WhereCorpus);
        await TriedAsync(data, package, PublishTrial.Never);

        Assert.Equal(3, _said.Count(line => line.EndsWith("golden example and parity hold", StringComparison.Ordinal)));
        Assert.Equal(10, _said.Count(line => line.EndsWith(": holds", StringComparison.Ordinal))); // Five figures, twice.
        Assert.EndsWith("not evaluated, as it was said", _said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trial_FiguresThatDoNotComeOutAgain_AreRefusedUnlessNobodyLooks()
    {
        var (data, package) = (SmallTexts.Corpus(_folder), small.Package);
        var test = data.Corpus("text", "goemotions-test.tsv");
        File.WriteAllLines(test, File.ReadAllLines(test).Select(line => line.Contains("\t0\t") ? line.Replace("\t0\t", "\t1\t") : line.Replace("\t1\t", "\t0\t")));

        foreach (var evaluate in (string[])[PublishTrial.Always, PublishTrial.WhereCorpus])
        {
            var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => TriedAsync(data, package, evaluate));
            Assert.Contains($"text/{package.Version}: figures of its manifest do not come out again", refused.Message, StringComparison.Ordinal);
        }

        Assert.Contains(_said, line => line.Contains("goemotions_ekman macro_f1", StringComparison.Ordinal) && line.EndsWith("DOES NOT HOLD", StringComparison.Ordinal));
        await TriedAsync(data, package, PublishTrial.Never);
    }

    [Fact]
    public async Task Trial_WhereTheCorpusIsNot_SaysSo_AndIsRefusedIfItMustBeEvaluated()
    {
        var package = small.Package;
        var elsewhere = new DataRoot(Path.Combine(_folder, "elsewhere"), Path.Combine(_folder, "cache"));

        await TriedAsync(elsewhere, package, PublishTrial.WhereCorpus);
        Assert.Contains("is missing: set EMOTION_DATA", _said[^1], StringComparison.Ordinal);
        Assert.Contains($"text/{package.Version}: not evaluated: '", _said[^1], StringComparison.Ordinal);

        await Assert.ThrowsAsync<CorpusMissingException>(() => TriedAsync(elsewhere, package, PublishTrial.Always));
        await TriedAsync(elsewhere, package, PublishTrial.Never);
    }

    [Theory]
    [InlineData(PublishTrial.Always)]
    [InlineData(PublishTrial.WhereCorpus)]
    public async Task Trial_OfATextPackageThatOnlyWritesDownWhatIsSaid_HasNoFiguresToCompute(string evaluate)
    {
        var data = new DataRoot(_folder, Path.Combine(_folder, "cache"));

        await TriedAsync(data, await small.WithoutClassifierAsync(), evaluate);

        Assert.Contains("not evaluated: it only writes down what is said", _said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task CorpusOfAPackage_GivenAsAZip_IsTheOneItLearnedFromOrRefused()
    {
        var (folder, zip) = (Flat(Spoken.Corpus(Path.Combine(_folder, "spoken"), people: 4, sentences: 1)), Path.Combine(_folder, "spoken.zip"));
        await ZipFile.CreateFromDirectoryAsync(folder, zip, Token);
        var corpus = await OwnCorpus.ReadAsync(folder, new OwnCorpusOptions(), Token);
        var recipe = RecipeFile.Read<AudioRecipe>("audio-own");
        recipe = recipe with { Training = recipe.Training with { BatchSize = 2 } };
        Task<SpeechData> OfAsync(string digest, OwnCorpusSource? own) => SpeechData.OfPackageAsync(
            new DataRoot(_folder, _folder) { Own = own }, recipe, new DatasetManifest("Spoken", digest, ""), _said.Add, Token);
        var given = new OwnCorpusSource(zip, "spoken", "", false);

        var read = await OfAsync(corpus.Digest, given);

        Assert.Equal(("Spoken", corpus.Digest), (read.Dataset.Name, read.Dataset.Digest));
        Assert.NotEmpty(read.Split.Test);
        Assert.Contains("is not the corpus 'Spoken'", (await Assert.ThrowsAsync<CorpusException>(() => OfAsync("another", given))).Message, StringComparison.Ordinal);
        Assert.Contains("give its folder or zip as --corpus", (await Assert.ThrowsAsync<CorpusMissingException>(() => OfAsync(corpus.Digest, null))).Message, StringComparison.Ordinal);
    }

    private Task TriedAsync(DataRoot data, ModelPackage package, string evaluate) =>
        new PublishTrial(() => data, Path.Combine(_folder, "packages"), evaluate, _said.Add).RunAsync(package, Token);

    // In a zip all clips lie beside each other.
    private static string Flat(string folder)
    {
        foreach (var clip in Directory.EnumerateFiles(folder, "*.wav", SearchOption.AllDirectories).ToList())
        {
            File.Move(clip, Path.Combine(folder, Path.GetRelativePath(folder, clip).Replace('/', '-')));
        }

        Directory.GetDirectories(folder).ToList().ForEach(Directory.Delete);
        var table = Path.Combine(folder, LabelTable.FileName);
        File.WriteAllLines(table, File.ReadAllLines(table).Select(line => line.Replace('/', '-')));
        return folder;
    }
}
