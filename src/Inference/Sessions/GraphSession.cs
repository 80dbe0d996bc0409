using Emotion.ModelRegistry.Packages;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Sessions;

/// <summary>
/// One package's graph, loaded: names and run options cached, checked against the manifest's inputs and outputs. Any number of threads may
/// run it at once. What it runs on may be another package's, too, where both hold the same file.
/// </summary>
public sealed class GraphSession : IDisposable
{
    private readonly SharedGraphs.Holding _holding;
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    internal GraphSession(SharedGraphs.Holding holding, GraphManifest graph, string provider)
    {
        _holding = holding;
        _session = holding.Session;
        Role = graph.Role;
        Provider = provider;
        try
        {
            Check(graph.Inputs, _session.InputMetadata, "input", exact: true);
            Check(graph.Outputs, _session.OutputMetadata, "output", exact: false);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Role { get; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public string Provider { get; }

    /// <summary>Inputs that the graph takes, in its order.</summary>
    public IReadOnlyList<string> InputNames => _session.InputNames;

    /// <summary>Runs the graph; outputs are written in place, and only those asked for are computed.</summary>
    public void Run(
        IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue> inputs,
        IReadOnlyCollection<string> outputNames, IReadOnlyCollection<OrtValue> outputs) =>
        _session.Run(_run, inputNames, inputs, outputNames, outputs);

    /// <summary>The graph must take an input of this shape; -1 fits anything.</summary>
    /// <returns>The shape that it declares.</returns>
    /// <exception cref="UnservablePackageException">It takes another, or has no such input.</exception>
    public int[] RequireInput(string name, params ReadOnlySpan<int> shape) => Require(_session.InputMetadata, "input", name, shape);

    /// <summary>The graph must give an output of this shape; -1 fits anything.</summary>
    /// <returns>The shape that it declares.</returns>
    public int[] RequireOutput(string name, params ReadOnlySpan<int> shape) => Require(_session.OutputMetadata, "output", name, shape);

    public void Dispose()
    {
        _run.Dispose();
        _holding.Dispose();
    }

    /// <summary>Length of the rows of an output <c>[batch, length]</c>.</summary>
    /// <exception cref="UnservablePackageException">There is no such output, or its length varies.</exception>
    public int RequireOutputLength(string name) => RequireOutput(name, -1, -1)[1] is var length and > 0
        ? length
        : throw new UnservablePackageException($"Graph '{Role}' must say how long a row of '{name}' is.");

    private int[] Require(IReadOnlyDictionary<string, NodeMetadata> tensors, string kind, string name, ReadOnlySpan<int> shape)
    {
        var actual = tensors.TryGetValue(name, out var metadata) ? metadata.Dimensions : null;
        var fits = actual?.Length == shape.Length;
        for (var i = 0; fits && i < shape.Length; i++)
        {
            fits = actual![i] < 0 || shape[i] < 0 || actual[i] == shape[i];
        }

        return fits
            ? actual!
            : throw new UnservablePackageException(
                $"Graph '{Role}' must have an {kind} '{name}' of shape [{string.Join(",", shape.ToArray())}]; it has "
                + $"{(actual is null ? "none" : $"[{string.Join(",", actual)}]")}.");
    }

    private void Check(
        IReadOnlyList<TensorManifest> listed, IReadOnlyDictionary<string, NodeMetadata> actual, string kind, bool exact)
    {
        foreach (var tensor in listed)
        {
            if (!actual.TryGetValue(tensor.Name, out var metadata))
            {
                throw new UnservablePackageException(
                    $"Graph '{Role}' has no {kind} '{tensor.Name}' that its manifest lists; it has {string.Join(", ", actual.Keys)}.");
            }

            if (!Fits(tensor.Shape, metadata.Dimensions))
            {
                throw new UnservablePackageException(
                    $"Graph '{Role}': {kind} '{tensor.Name}' is [{string.Join(",", metadata.Dimensions)}], "
                    + $"its manifest says [{string.Join(",", tensor.Shape)}].");
            }
        }

        if (exact && actual.Count != listed.Count)
        {
            throw new UnservablePackageException(
                $"Graph '{Role}' wants {kind}s {string.Join(", ", actual.Keys)}; its manifest lists {listed.Count} of them.");
        }
    }

    // A named dimension in the manifest fits whatever the graph says; a number must agree where the graph says a number.
    private static bool Fits(IReadOnlyList<string> listed, int[] actual) =>
        listed.Count == actual.Length
        && listed.Zip(actual).All(pair => pair.Second < 0 || !int.TryParse(pair.First, out var number) || number == pair.Second);
}
