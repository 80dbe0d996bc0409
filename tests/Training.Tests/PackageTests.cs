using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Onnx.Quantization;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using TorchSharp;

namespace Emotion.Training.Tests;

public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-packages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("float32")]
    [InlineData("float16")]
    [InlineData("int8")]
    public async Task AudioPackage_Finished_IsServableAndItsManifestComesBackWhole(string precision)
    {
        var spec = RecipeFile.Read<AudioRecipe>("audio").Mfcc.WithoutNormalisation();
        using var maker = new PackageFolder(_folder);
        var draft = new ModelManifest
        {
            Name = "audio",
            Opset = GraphBuilder.Opset,
            Graphs = [maker.Add("classifier", "model.onnx", Graph(spec, precision))],
            Labels = EmotionLabels.Names,
            CoveredLabels = EmotionLabels.Names,
            FrontEnd = PackageFolder.Json(new AudioSpec { Mfcc = spec }),
            Recipe = RecipeFile.ToJson(RecipeFile.Read<AudioRecipe>("audio")),
            GitCommit = GitCommit.Of(Datasets.DataRoot.RepositoryRoot()),
            Datasets = [new DatasetManifest("none", "0", "none")],
            Metrics = new() { ["test"] = 1 },
            License = Licences.Audio,
        };

        var version = await maker.FinishAsync<AudioModel>(draft, TestContext.Current.CancellationToken);

        var package = await PackageFolder.NewestAsync(_folder, "audio", TestContext.Current.CancellationToken);
        Assert.Equal(version, package.Version);
        Assert.Equal(["golden.json", "model.onnx"], package.Manifest.Files.Keys.Order());
        Assert.Equal(spec.Frames, package.Manifest.FrontEnd["mfcc"]!["frames"]!.GetValue<int>());
        Assert.Equal(["batch", "1", "192", "40"], package.Manifest.Graph("classifier").Inputs[0].Shape);
        Assert.Equal(draft.License, package.Manifest.License);
        Assert.False(package.Manifest.License.AllowsCommercialUse);
        Assert.Empty(Directory.GetDirectories(_folder, ".making-*"));
    }

    [Fact]
    public void GitCommit_OfThisRepository_IsAHash() =>
        Assert.Matches("^[0-9a-f]{40}$|^unknown$", GitCommit.Of(Datasets.DataRoot.RepositoryRoot()));

    [Fact]
    public void GraphPrecision_ThatIsNone_SaysWhichThereAre() => Assert.Contains("float32, float16 or int8", Assert.Throws<ArgumentException>(
        () => GraphPrecision.Apply("int4", new global::Onnx.ModelProto(), () => [], TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    private static global::Onnx.ModelProto Graph(MfccSpec spec, string precision)
    {
        using var scope = torch.NewDisposeScope();
        using var network = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv7x7-stride2-pool", EmotionLabels.Count, 0));
        var head = new ClassifierHead(1, EmotionLabels.Mask(EmotionLabels.Names));
        var graph = PictureGraph.Write(network, SpeechGraph.Input, spec.Frames, spec.Coefficients, InputView.Plain, head);
        var example = torch.randn(2, 1, spec.Frames, spec.Coefficients);
        var feed = new GraphFeed([(SpeechGraph.Input, Parity.Values(example), example.shape)]);
        return GraphPrecision.Apply(precision, graph, () => [feed], TestContext.Current.CancellationToken);
    }
}
