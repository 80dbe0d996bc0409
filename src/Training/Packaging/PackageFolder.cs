using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Onnx;
using Google.Protobuf;

namespace Emotion.Training.Packaging;

/// <summary>A package while it is made: a folder of its own, moved to <c>NAME/VERSION</c> when it is whole, else deleted.</summary>
public sealed class PackageFolder : IDisposable
{
    private const string TemporaryName = ".making-";

    private readonly string _output;
    private readonly string _folder;

    /// <param name="output">Folder of packages, such as <c>models</c>; the package is made beside its final place.</param>
    public PackageFolder(string output)
    {
        _output = output;
        _folder = Path.Combine(output, TemporaryName + Guid.NewGuid().ToString("N")[..8]);
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Threads of <see cref="OneThread"/>, for reports that say what their times are of.</summary>
    public const int TimedThreads = 1;

    public static ModelRuntime Runtime { get; } = ModelRuntime.Create(new InferenceOptions { Provider = "cpu" }, new BatchOptions());

    /// <summary>For what is timed: goals are of one core, and threads that wait for each other burn time that nothing is computed in.</summary>
    public static ModelRuntime OneThread { get; } =
        ModelRuntime.Create(new InferenceOptions { Provider = "cpu", IntraOpThreads = TimedThreads }, new BatchOptions());

    /// <summary>Writes a graph; its role is for the manifest.</summary>
    public GraphManifest Add(string role, string file, Proto.ModelProto model)
    {
        using (var stream = File.Create(Path.Combine(_folder, file)))
        {
            model.WriteTo(stream);
        }

        return new GraphManifest(role, file, [.. model.Graph.Input.Select(Tensor)], [.. model.Graph.Output.Select(Tensor)]);
    }

    /// <summary>Writes a file that is no graph.</summary>
    public void Add(string file, byte[] bytes) => File.WriteAllBytes(Path.Combine(_folder, file), bytes);

    /// <summary>Seals the folder as it is, loads the model and lets <paramref name="use"/> work with it.</summary>
    /// <param name="runtime">That it runs in; null for <see cref="Runtime"/>.</param>
    public async Task<T> TryAsync<TModel, T>(
        ModelManifest manifest, Func<TModel, Task<T>> use, CancellationToken cancellationToken, ModelRuntime? runtime = null)
        where TModel : class, IServableModel<TModel>
    {
        var package = await ModelPackage.SealAsync(_folder, manifest, TimeProvider.System, cancellationToken);
        await using var model = TModel.Load(package, runtime ?? Runtime);
        return await use(model);
    }

    /// <summary>Opens one graph of the folder as it is.</summary>
    public async Task<GraphSession> OpenAsync(ModelManifest manifest, string role, CancellationToken cancellationToken) =>
        Runtime.Sessions.Open(await ModelPackage.SealAsync(_folder, manifest, TimeProvider.System, cancellationToken), role);

    /// <summary>Adds the golden example, seals, and moves the package to its place.</summary>
    /// <returns>The version.</returns>
    public async Task<string> FinishAsync<TModel>(ModelManifest manifest, CancellationToken cancellationToken)
        where TModel : class, IServableModel<TModel>
    {
        var draft = await ModelPackage.SealAsync(_folder, manifest, TimeProvider.System, cancellationToken);
        await GoldenExample.WriteAsync<TModel>(draft, Runtime, cancellationToken);
        var package = await ModelPackage.SealAsync(_folder, manifest, TimeProvider.System, cancellationToken);
        await using (var model = TModel.Load(package, Runtime))
        {
            await GoldenExample.VerifyAsync(model, cancellationToken);
        }

        var place = Path.Combine(_output, manifest.Name, package.Version);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        Directory.Move(_folder, place);
        return package.Version;
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>The newest version of a model under a folder of packages; versions sort by time.</summary>
    public static async Task<ModelPackage> NewestAsync(string output, string name, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(output, name);
        var version = Directory.Exists(folder)
            ? Directory.GetDirectories(folder).Select(Path.GetFileName).Where(PackageVersion.IsValid).Max(StringComparer.Ordinal)
            : null;
        return version is null
            ? throw new ArgumentException($"'{folder}' holds no package: run `export {name}` first.")
            : await ModelPackage.OpenAsync(Path.Combine(folder, version), cancellationToken);
    }

    public static JsonObject Json<T>(T value) => (JsonObject)JsonSerializer.SerializeToNode(value, RegistryJson.Options)!;

    private static TensorManifest Tensor(Proto.ValueInfoProto value) => new(
        value.Name, [.. value.Type.TensorType.Shape.Dim.Select(side => side.HasDimValue ? side.DimValue.ToString() : side.DimParam)]);
}
