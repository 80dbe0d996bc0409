using Emotion.Features;
using Emotion.Inference.Video;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using static TorchSharp.torch;
using Proto = Onnx;

namespace Emotion.Training.Tests.Own;

/// <summary>From a folder of clips with faces, by way of the shipped sequence network, to a package of one's own.</summary>
public sealed class OwnFacesTests : IDisposable
{
    private static readonly string Models = Path.Combine(DataRoot.RepositoryRoot(), "models");
    private static readonly ClipWindowSpec Windows = new() { LengthSeconds = 4, MinimumTailSeconds = 1.5 };

    private readonly string _root = Directory.CreateTempSubdirectory("own-faces-").FullName;
    private readonly List<string> _said = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DataRoot Data => new(_root, Path.Combine(_root, "cache"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(1, "")]
    [InlineData(2, "2")]
    [InlineData(20, "20")]
    [InlineData(27, "27")]
    [InlineData(28, "20 8")]
    [InlineData(45, "20 25")]
    public void Cut_Faces_ToSequencesAsLongAsWindows(int faces, string lengths)
    {
        var cut = OwnFaces.Cut([.. Enumerable.Range(0, faces).Select(face => new float[] { face })], Windows, rate: 5, fewest: 2);

        Assert.Equal(lengths, string.Join(' ', cut.Select(sequence => sequence.Length)));
        Assert.Equal(Enumerable.Range(0, cut.Sum(sequence => sequence.Length)).Select(face => (float)face), cut.SelectMany(sequence => sequence).Select(face => face[0]));
    }

    [Fact]
    public async Task Start_ShippedNetwork_ComputesWhatItsGraphDoes()
    {
        var start = await PackageFolder.NewestAsync(Models, VideoModel.ModelName, Token);
        using var scope = NewDisposeScope();
        using var network = SequenceStart.Network(start, dropout: 0.3);
        network.eval();
        using var _ = no_grad();
        manual_seed(3);
        var (width, steps) = (network.Spec.Input, 7);
        var frames = randn(1, steps, width);
        using var graph = new GraphRunner(Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(start.PathOf(start.Manifest.Graph(SequenceStart.Role).File))), 1);

        var expected = graph.Run([("frames", frames.data<float>().ToArray(), [1, steps, width]), ("lengths", new[] { steps }, [1])], "embedding")[0];
        var actual = network.call(frames, tensor(new[] { (float)steps })).Embedding.data<float>().ToArray();

        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 0.002));
        Assert.Contains(expected, value => Math.Abs(value) > 0.1);
    }

    [Fact]
    public async Task Train_WithoutCorpus_SaysWhatToGive()
    {
        var recipe = RecipeFile.Read<OwnSequenceRecipe>("sequence-own");

        Assert.Contains("give a folder or a zip as --corpus", (await Assert.ThrowsAsync<ArgumentException>(
            () => TrainOwnSequence.RunAsync(Data, recipe, Models, new RunFolder(Path.Combine(_root, "run")), _said.Add, Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task OwnCorpus_FromClipsToPackage_GoesOnFromTheShippedNetworkAndSaysWhatItLearned()
    {
        var start = await PackageFolder.NewestAsync(Models, VideoModel.ModelName, Token);
        Directory.CreateDirectory(Path.Combine(_root, "packages", "video"));
        Copy(start.Directory, Path.Combine(_root, "packages", "video", start.Version));
        var recipe = RecipeFile.Read<OwnSequenceRecipe>("sequence-own");
        recipe = recipe with { Init = start.Version, Training = recipe.Training with { Epochs = 2, BatchSize = 4 } };
        var (packages, run) = (Path.Combine(_root, "packages"), new RunFolder(Path.Combine(_root, "run")));
        var source = new OwnCorpusSource(Filmed(), "Filmed clips", "by agreement of 1 November", true);

        await TrainOwnSequence.RunAsync(Data with { Own = source }, recipe, packages, run, _said.Add, Token);
        Assert.True(OwnVideoPackage.IsOf(run));
        var version = await OwnVideoPackage.ExportAsync(Data, run, packages, _said.Add, Token);

        var package = await PackageFolder.NewestAsync(packages, VideoModel.ModelName, Token);
        var (manifest, metrics) = (package.Manifest, package.Manifest.Metrics);
        Assert.Contains(_said, line => line == $"starts from video/{start.Version}");
        Assert.Equal((start.Version, version), (manifest.Lineage, package.Version));
        Assert.Equal(["Filmed clips", .. start.Manifest.Datasets.Select(dataset => dataset.Name)], manifest.Datasets.Select(dataset => dataset.Name));
        Assert.Equal(start.Manifest.CoveredLabels, manifest.CoveredLabels);
        Assert.Equal(start.Manifest.Metrics["precision"]!.ToJsonString(), metrics["precision"]!.ToJsonString());
        Assert.Contains("by agreement of 1 November", manifest.License.Note, StringComparison.Ordinal);
        Assert.Contains("Goes on from video/", manifest.License.Note, StringComparison.Ordinal);
        Assert.False(manifest.License.AllowsCommercialUse);
        Assert.Equal(start.Manifest.Files["model.onnx"], manifest.Files["model.onnx"]);
        Assert.NotEqual(start.Manifest.Files["sequence.onnx"], manifest.Files["sequence.onnx"]);
        Assert.Equal(metrics["test"]!["n"]!.ToString(), metrics["startOnTheSameTest"]!["n"]!.ToString());

        var judged = (await VideoPackage.JudgeAsync(Data with { Own = source }, package, Token))["test"];
        Assert.Equal((double)metrics["test"]!["uar"]!, judged.Scores.Uar, 4);
        Assert.All(judged.Posteriors, posterior => Assert.Equal(0, posterior[EmotionLabels.IndexOf("calm")]));
        var gone = await Assert.ThrowsAsync<CorpusMissingException>(() => VideoPackage.JudgeAsync(Data, package, Token));
        Assert.Contains("learned from the corpus 'Filmed clips': give its folder or zip as --corpus", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("needs", "corpus")]
    public async Task OwnCorpus_WithClipsThatShowNoFace_SaysWhichRows()
    {
        var start = await PackageFolder.NewestAsync(Models, VideoModel.ModelName, Token);
        var recipe = RecipeFile.Read<OwnSequenceRecipe>("sequence-own") with { Init = start.Version };
        var folder = Filmed();
        var table = Path.Combine(folder, "labels.csv");
        var rows = File.ReadAllLines(table);
        Task TrainAsync() => TrainOwnSequence.RunAsync(
            Data with { Own = new OwnCorpusSource(folder, "x", "", false) }, recipe, Models, new RunFolder(Path.Combine(_root, "run")), _said.Add, Token);

        File.WriteAllLines(table, rows.Select(row => row.Replace(",angry,", ",calm,", StringComparison.Ordinal)));
        Assert.Contains("row 3, column emotion: 'calm' is nothing that face networks tell", (await Assert.ThrowsAsync<CorpusException>(TrainAsync)).Message, StringComparison.Ordinal);

        File.WriteAllLines(table, rows);
        var first = Path.Combine(folder, rows[1].Split(',')[0]);
        File.WriteAllText(first, "no film at all, whatever its name says");
        Assert.Contains("row 2, column clip: 'p0-happy.mp4' cannot be seen: ", (await Assert.ThrowsAsync<CorpusException>(TrainAsync)).Message, StringComparison.Ordinal);
    }

    // Six people, each with two of the labelled clips: who they really are does not matter here.
    private string Filmed()
    {
        var clips = LabelledClips.Read(Data.LabelledClips).Where(clip => File.Exists(clip.File)).ToLookup(clip => EmotionLabels.Names[clip.Label!.Value]);
        var folder = Directory.CreateDirectory(Path.Combine(_root, "filmed")).FullName;
        var rows = new List<string> { "clip,emotion,subject" };
        for (var person = 0; person < 6; person++)
        {
            foreach (var emotion in (string[])["happy", "angry"])
            {
                var shown = clips[emotion].ToList();
                var clip = shown[person % shown.Count].File;
                var name = $"p{person}-{emotion}{Path.GetExtension(clip)}";
                File.Copy(clip, Path.Combine(folder, name));
                rows.Add($"{name},{emotion},person {person}");
            }
        }

        File.WriteAllLines(Path.Combine(folder, "labels.csv"), rows);
        return folder;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
