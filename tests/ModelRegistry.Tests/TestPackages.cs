using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Small packages of real files. The registry knows no ML framework, so any bytes are a graph to it.</summary>
internal sealed class TestPackages : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("emotion-package-").FullName;

    public string Root => _root;

    public async Task<ModelPackage> SealAsync(string name, string content = "graph", Dictionary<string, string>? trainedOn = null)
    {
        var directory = Path.Combine(_root, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(Path.Combine(directory, "golden"));
        await File.WriteAllTextAsync(Path.Combine(directory, "model.onnx"), content);
        await File.WriteAllTextAsync(Path.Combine(directory, "golden", "input.json"), "[1, 2, 3]");
        return await ModelPackage.SealAsync(directory, Draft(name, trainedOn), TimeProvider.System, CancellationToken.None);
    }

    public static ModelManifest Draft(string name, Dictionary<string, string>? trainedOn = null) => new()
    {
        Name = name,
        Opset = 17,
        Graphs = [new GraphManifest("classifier", "model.onnx", [new TensorManifest("features", ["batch", "4"])], [new TensorManifest("posterior", ["batch", "8"])])],
        Labels = ["neutral", "calm"],
        CoveredLabels = ["neutral"],
        FrontEnd = new JsonObject { ["revision"] = 1 },
        Recipe = new JsonObject { ["seed"] = 1 },
        GitCommit = "0000000",
        Datasets = [new DatasetManifest("generated", "00", "none")],
        Metrics = new JsonObject { ["uar"] = 0.5 },
        License = new LicenseManifest("MIT", true, "generated"),
        TrainedOn = trainedOn ?? [],
    };

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
