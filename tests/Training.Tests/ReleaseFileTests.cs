using System.Text.Json;
using Emotion.Features;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.Training.Commands;

namespace Emotion.Training.Tests;

public sealed class ReleaseFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-release-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Write_FolderWithoutAndWithText_NamesTextWhereThereIsOne()
    {
        var (audio, video) = (await SealAsync("audio"), await SealAsync("video"));
        var fusion = await SealAsync("fusion", new() { ["audio"] = audio, ["video"] = video });

        var without = await WriteAsync();
        var text = await SealAsync("text");
        var with = await WriteAsync();

        Assert.Equal(new Dictionary<string, string> { ["audio"] = audio, ["video"] = video, ["fusion"] = fusion }, without);
        Assert.Equal(new Dictionary<string, string>(without) { ["text"] = text }, with);
    }

    [Fact]
    public async Task Write_FusionOfOtherVersions_IsRefused()
    {
        await SealAsync("audio");
        await SealAsync("video");
        await SealAsync("fusion", new() { ["audio"] = "20260101-0000-00000000" });

        var refused = await Assert.ThrowsAsync<ArgumentException>(WriteAsync);

        Assert.Contains("train fusion again", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_FusionThatKnowsText_NeedsThatVersionOfIt()
    {
        var trainedOn = new Dictionary<string, string> { ["audio"] = await SealAsync("audio"), ["video"] = await SealAsync("video"), ["text"] = "20260101-0000-00000000" };
        await SealAsync("fusion", trainedOn);

        Assert.Contains("the newest is none", (await Assert.ThrowsAsync<ArgumentException>(WriteAsync)).Message, StringComparison.Ordinal);
        var text = await SealAsync("text");
        Assert.Contains($"the newest is {text}", (await Assert.ThrowsAsync<ArgumentException>(WriteAsync)).Message, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_folder, "fusion"), recursive: true);
        trainedOn["text"] = text;
        await SealAsync("fusion", trainedOn);
        Assert.Equal(text, (await WriteAsync())["text"]);
    }

    private async Task<Dictionary<string, string>> WriteAsync()
    {
        var path = await ReleaseFile.WriteAsync(_folder, "r1", Token);
        return new(JsonSerializer.Deserialize<ReleaseManifest>(await File.ReadAllBytesAsync(path, Token), RegistryJson.Options)!.Models);
    }

    private async Task<string> SealAsync(string name, Dictionary<string, string>? trainedOn = null)
    {
        var made = Directory.CreateDirectory(Path.Combine(_folder, ".making-" + name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(made, "model.onnx"), "not looked into", Token);
        var package = await ModelPackage.SealAsync(
            made,
            new ModelManifest
            {
                Name = name,
                Opset = 17,
                Graphs = [new GraphManifest("classifier", "model.onnx", [], [])],
                Labels = EmotionLabels.Names,
                CoveredLabels = [],
                FrontEnd = [],
                Recipe = [],
                GitCommit = "0000000",
                Datasets = [],
                Metrics = [],
                License = new LicenseManifest("MIT", true, "made by this test"),
                TrainedOn = trainedOn ?? [],
            },
            TimeProvider.System,
            Token);
        var place = Path.Combine(_folder, name, package.Version);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Directory.Move(made, place);
        return package.Version;
    }
}
