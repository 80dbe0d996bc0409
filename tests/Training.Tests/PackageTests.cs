using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using TorchSharp;

namespace Emotion.Training.Tests;

public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-packages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AudioPackage_Finished_IsServableAndItsManifestComesBackWhole()
    {
        var spec = RecipeFile.Read<AudioRecipe>("audio").Mfcc.WithoutNormalisation();
        using var maker = new PackageFolder(_folder);
        var draft = new ModelManifest
        {
            Name = "audio",
            Opset = GraphBuilder.Opset,
            Graphs = [maker.Add("classifier", "model.onnx", Graph(spec))],
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

    private static global::Onnx.ModelProto Graph(MfccSpec spec)
    {
        using var scope = torch.NewDisposeScope();
        using var network = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv7x7-stride2-pool", EmotionLabels.Count, 0));
        return PictureGraph.Write(network, "features", spec.Frames, spec.Coefficients, InputView.Plain, new ClassifierHead(1, EmotionLabels.Mask(EmotionLabels.Names)));
    }
}
