using System.IO.Compression;
using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests.Faces;

/// <summary>The recipe with recordings from corpora to a package: a tiny face network, an epoch, real clips under the names of a corpus.</summary>
[Trait("needs", "corpus")]
public sealed class SequenceVideosTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-recordings-").FullName;
    private readonly List<string> _said = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Recipe_OnRecordingsOfOneCorpus_TrainsAndMakesAPackageThatNamesThem()
    {
        var token = TestContext.Current.CancellationToken;
        var data = Corpora();
        var (video, run) = (FaceRun(), new RunFolder(Path.Combine(_folder, "sequence")));
        var recipe = RecipeFile.Read<SequenceRecipe>("sequence-videos");
        recipe = recipe with
        {
            Training = recipe.Training with { Epochs = 1 },
            Composition = recipe.Composition with { PicturesPerLabel = 4, SequencesPerEpoch = 32 },
        };

        await TrainSequence.RunAsync(data, recipe, video, run, 1, _said.Add, token);
        var version = await VideoPackage.ExportAsync(data, video, run, GraphPrecision.Float16, Path.Combine(_folder, "models"), _said.Add, token);

        Assert.Contains("Training: 1 recordings with a face, 0 without, 0 that cannot be read", _said);
        Assert.Contains("Validation: 1 recordings with a face, 0 without, 0 that cannot be read", _said);
        Assert.Contains(_said, line => line.Contains("they show calm", StringComparison.Ordinal));
        Assert.Contains(_said, line => line.Contains("they are labelled clips", StringComparison.Ordinal));
        var package = await PackageFolder.NewestAsync(Path.Combine(_folder, "models"), "video", token);
        var (manifest, metrics) = (package.Manifest, package.Manifest.Metrics);
        Assert.Equal(version, package.Version);
        Assert.Equal(["FER2013", "CK+48", "CK+ full sequences", "RAVDESS video"], manifest.Datasets.Select(dataset => dataset.Name));
        Assert.Contains("RAVDESS (CC BY-NC-SA 4.0", manifest.License.Note, StringComparison.Ordinal);
        Assert.Equal(1, (int)metrics["sequenceVideos"]!["n"]!);
        ChoseByItsRecord(manifest.FrontEnd["sequence"]!, metrics["answer"]!);
        await JudgesOnlyItsOwnRunAsync(package, video, data);
        await Assert.ThrowsAsync<ArgumentException>(() => VideoPackage.ExportAsync(
            data, FaceRun("another"), run, GraphPrecision.Float16, Path.Combine(_folder, "models"), _said.Add, token));
    }

    private async Task JudgesOnlyItsOwnRunAsync(ModelPackage package, RunFolder video, DataRoot data)
    {
        var token = TestContext.Current.CancellationToken;
        var stills = FaceSplit.Of(await Fer2013.ReadAsync(data, token));
        stills = stills with { Test = [.. stills.Test.Take(100)], Calibration = [.. stills.Calibration.Take(64)] };
        var served = new Judged("as served", [2], [new float[8]], null);

        var figures = FrameFigures.Of(video, package, served, stills, token);

        Assert.Same(served, figures!.Float16);
        Assert.Equal(100, figures.Int8.Labels.Count);
        Assert.Null(FrameFigures.Of(new RunFolder(Path.Combine(_folder, "sequence")), package, served, stills, token));
        Assert.Null(FrameFigures.Of(FaceRun("another"), package, served, stills, token));
    }

    private static void ChoseByItsRecord(JsonNode spec, JsonNode record)
    {
        double Nll(string answer) => (double)record[answer]!["nll"]!;
        Assert.Equal(Nll(SequenceSpec.Network) < Nll(SequenceSpec.Mean) ? SequenceSpec.Network : SequenceSpec.Mean, (string)spec["answer"]!);
        Assert.Equal((double)record[SequenceSpec.Mean]!["temperature"]!, (double)spec["meanTemperature"]!, tolerance: 0.0001); // The record has four places.
        Assert.Equal(700, (int)record[SequenceSpec.Network]!["composed"]!["n"]!);
    }

    private DataRoot Corpora()
    {
        var real = DataRoot.FromEnvironment();
        var corpora = Directory.CreateDirectory(Path.Combine(_folder, "corpora", "ravdess-video")).Parent!.FullName;
        void Take(string archive, Func<IGrouping<string, ZipArchiveEntry>, IEnumerable<ZipArchiveEntry>> some) =>
            Cut(real.Corpus(archive), Path.Combine(corpora, archive), some);
        // A share of the pictures is a corpus, too: of each label some for every part, and one person for each part.
        Take("fer2013.zip", label => label.Take(label.Key.StartsWith("validation", StringComparison.Ordinal) ? 60 : 20));
        Take("ckplus-sequences.zip", sequence => Path.GetFileName(sequence.Key)[..4] is "S106" or "S111" or "S124" ? sequence : []);
        File.CreateSymbolicLink(Path.Combine(corpora, "ck48.zip"), real.Corpus("ck48.zip"));

        var clips = Path.GetDirectoryName(real.LabelledClips)!;
        void Put(string clip, string label, int actor) =>
            File.Copy(Path.Combine(clips, clip), Path.Combine(corpora, "ravdess-video", $"01-01-{label}-01-01-01-{actor:00}.mp4"));
        static int Actor(SubjectPart part) => Enumerable.Range(2, 40).First(actor => SubjectSplit.PartOf($"RAVDESS-{actor:00}") == part);
        Put("ravdess-actor19-surprised.mp4", "08", Actor(SubjectPart.Training));
        Put("ravdess-actor19-surprised-silent.mp4", "08", Actor(SubjectPart.Validation));
        Put("crema-d-1001-happy.mp4", "03", Actor(SubjectPart.Test));
        Put("single-face.mp4", "02", Actor(SubjectPart.Training));
        Put(Path.Combine("labelled", "ravdess_av", "01-01-01-01-01-01-01.mp4"), "01", Actor(SubjectPart.Training));
        return real with { Corpora = corpora, Cache = Path.Combine(_folder, "cache") };
    }

    private static void Cut(string archive, string to, Func<IGrouping<string, ZipArchiveEntry>, IEnumerable<ZipArchiveEntry>> some)
    {
        using var whole = ZipFile.OpenRead(archive);
        using var part = ZipFile.Open(to, ZipArchiveMode.Create);
        foreach (var entry in whole.Entries.GroupBy(entry => Path.GetDirectoryName(entry.FullName)!).SelectMany(some))
        {
            using var from = entry.Open();
            using var into = part.CreateEntry(entry.FullName).Open();
            from.CopyTo(into);
        }
    }

    private RunFolder FaceRun(string name = "video")
    {
        var run = new RunFolder(Path.Combine(_folder, name));
        var recipe = RecipeFile.Read<VideoRecipe>("video");
        recipe = recipe with
        {
            Network = "squeezenet", Mirrored = false, Init = null, Stages = [new PictureStage(1, 24, 1)],
            Training = recipe.Training with { Epochs = 1, Precision = "float32" },
        };
        run.Begin(recipe);
        using var network = TrainVideo.NetworkOf(recipe);
        run.SaveBest(network);
        return run;
    }
}
