using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Small packages of real files. The registry knows no ML framework, so any bytes are a graph to it.</summary>
internal sealed class TestPackages : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("emotion-package-").FullName;

    public string Root => _root;

    public Task<ModelPackage> SealAsync(string name, string content = "graph", Dictionary<string, string>? trainedOn = null) =>
        SealAsync(Draft(name, trainedOn), content);

    public async Task<ModelPackage> SealAsync(ModelManifest draft, string content = "graph", TimeProvider? clock = null)
    {
        var directory = Path.Combine(_root, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(Path.Combine(directory, "golden"));
        await File.WriteAllTextAsync(Path.Combine(directory, "model.onnx"), content);
        await File.WriteAllTextAsync(Path.Combine(directory, "golden", "input.json"), "[1, 2, 3]");
        return await ModelPackage.SealAsync(directory, draft, clock ?? TimeProvider.System, CancellationToken.None);
    }

    /// <summary>The coherent set of these packages.</summary>
    public static ReleaseManifest Release(string name, params ModelPackage[] packages) => new()
    {
        Release = name,
        CreatedAt = TimeProvider.System.GetUtcNow(),
        Models = packages.ToDictionary(package => package.Name, package => package.Version),
        ClipWindow = new ReleaseClipWindow(4, 1.5),
    };

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
