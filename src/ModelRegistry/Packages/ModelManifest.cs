using System.Text.Json.Nodes;

namespace Emotion.ModelRegistry.Packages;

/// <summary>
/// What a published model version says of itself: everything that is needed to run it, to check it and to decide whether
/// it may be used. Stored as <c>manifest.json</c>, uploaded last, so that its presence means "complete".
/// </summary>
/// <example><code>
/// { "schema": 1, "name": "audio", "version": "20261122-1300-1f3a9c02", "createdAt": "2026-11-22T13:00:41Z",
///   "files": { "golden.json": "9c…", "model.onnx": "4e…" }, "opset": 17,
///   "graphs": [ { "role": "classifier", "file": "model.onnx",
///                 "inputs":  [ { "name": "features", "shape": [ "batch", "1", "300", "40" ] } ],
///                 "outputs": [ { "name": "posterior", "shape": [ "batch", "8" ] } ] } ],
///   "labels": [ "neutral", … ], "coveredLabels": [ … ], "frontEnd": { … }, "recipe": { … }, "gitCommit": "…",
///   "datasets": [ { "name": "RAVDESS speech", "digest": "sha256…", "split": "fold 1 held out" } ],
///   "metrics": { … }, "license": { "id": "…", "allowsCommercialUse": false, "note": "…" },
///   "lineage": null, "trainedOn": { } }
/// </code></example>
public sealed record ModelManifest
{
    /// <summary>The schema that this code writes and reads.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The file that holds the manifest inside a package.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The signature over the manifest's bytes, beside it; see <see cref="ModelRegistryOptions.TrustedKeys"/>.</summary>
    public const string SignatureFileName = "manifest.sig";

    public int Schema { get; init; } = CurrentSchema;

    /// <summary><c>audio</c>, <c>video</c>, <c>text</c> or <c>fusion</c>.</summary>
    public required string Name { get; init; }

    /// <summary><c>yyyyMMdd-HHmm-xxxxxxxx</c>; see <see cref="PackageVersion"/>. Empty in a draft.</summary>
    public string Version { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Path inside the package (forward slashes) to lower-case hex SHA-256; every file but the manifest and its signature.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    public required int Opset { get; init; }

    public required IReadOnlyList<GraphManifest> Graphs { get; init; }

    /// <summary>Order of the classes in logits and posterior.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The labels that the training data had. For the others the model is no evidence, never evidence against.</summary>
    public required IReadOnlyList<string> CoveredLabels { get; init; }

    /// <summary>Front-end specs (for example <c>MfccSpec</c>); opaque here, read by Inference.</summary>
    public required JsonObject FrontEnd { get; init; }

    /// <summary>The recipe that trained it, whole; opaque here.</summary>
    public required JsonObject Recipe { get; init; }

    public required string GitCommit { get; init; }

    public required IReadOnlyList<DatasetManifest> Datasets { get; init; }

    /// <summary>Measured on the exported graphs through the serving code; opaque here.</summary>
    public required JsonObject Metrics { get; init; }

    public required LicenseManifest License { get; init; }

    /// <summary>The version whose weights this training started from, or whose graphs a calibration took over; null when it started from nothing.</summary>
    public string? Lineage { get; init; }

    /// <summary>For fusion: the exact upstream versions, name to version, whose feature maps it was trained on.</summary>
    public IReadOnlyDictionary<string, string> TrainedOn { get; init; } = new Dictionary<string, string>();

    /// <summary>The graph of that role.</summary>
    /// <exception cref="PackageIntegrityException">The package has none.</exception>
    public GraphManifest Graph(string role) =>
        Graphs.FirstOrDefault(graph => graph.Role == role)
        ?? throw new PackageIntegrityException($"{Name}/{Version} has no graph of role '{role}'.");
}

/// <summary>One ONNX file of a package and what it is for: <c>classifier</c>, <c>frame</c>, <c>sequence</c>, <c>detector</c>.</summary>
public sealed record GraphManifest(string Role, string File, IReadOnlyList<TensorManifest> Inputs, IReadOnlyList<TensorManifest> Outputs);

/// <summary>A tensor's name and shape; dimensions are numbers, or names where they vary (<c>batch</c>, <c>time</c>).</summary>
public sealed record TensorManifest(string Name, IReadOnlyList<string> Shape);

/// <summary>A corpus as used: its digest over names and contents, and how it was split.</summary>
public sealed record DatasetManifest(string Name, string Digest, string Split);

/// <summary>Terms that the weights inherit from what they were trained on.</summary>
public sealed record LicenseManifest(string Id, bool AllowsCommercialUse, string Note);
