using System.Security.Cryptography;
using System.Text.Json;

namespace Emotion.ModelRegistry.Packages;

/// <summary>
/// A model version as a folder: <c>manifest.json</c> and the files it lists. An instance exists only for a folder whose
/// every file was checked against its SHA-256, so whoever holds one may trust what it reads.
/// </summary>
public sealed class ModelPackage
{
    private const int ReadAhead = 64 * 1024;

    private ModelPackage(string directory, ModelManifest manifest, byte[] manifestBytes)
    {
        Directory = directory;
        Manifest = manifest;
        ManifestBytes = manifestBytes;
    }

    public string Directory { get; }

    public ModelManifest Manifest { get; }

    /// <summary>The manifest as it lies in the folder: what a signature is over.</summary>
    internal byte[] ManifestBytes { get; }

    public string Name => Manifest.Name;

    public string Version => Manifest.Version;

    /// <summary>Full path of a file that the manifest lists.</summary>
    /// <exception cref="PackageIntegrityException">The manifest does not list it.</exception>
    public string PathOf(string file) =>
        Manifest.Files.ContainsKey(file)
            ? Path.Combine(Directory, file)
            : throw new PackageIntegrityException($"{Name}/{Version} does not list a file '{file}'.");

    /// <summary>Reads and checks a package folder.</summary>
    /// <exception cref="PackageIntegrityException">
    /// Manifest unreadable, a file missing or altered, a wrong version name, or a graph with values outside of the package.
    /// </exception>
    public static Task<ModelPackage> OpenAsync(string directory, CancellationToken cancellationToken) =>
        Task.Run(() => Open(directory, cancellationToken), cancellationToken);

    /// <summary>The same on this thread, which reads and hashes all the while: for whoever chooses the thread.</summary>
    public static ModelPackage Open(string directory, CancellationToken cancellationToken)
    {
        var manifestPath = Path.Combine(directory, ModelManifest.FileName);
        if (!File.Exists(manifestPath))
        {
            throw new PackageIntegrityException($"'{directory}' has no {ModelManifest.FileName}: it is no package, or an upload that never ended.");
        }

        var manifestBytes = File.ReadAllBytes(manifestPath);
        var manifest = ReadManifest(manifestBytes);
        foreach (var (path, expected) in manifest.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var file = Path.Combine(directory, path);
            if (!File.Exists(file))
            {
                throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version}: '{path}' is missing.");
            }

            if (Hash(file) != expected)
            {
                throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version}: '{path}' is not what the manifest says (SHA-256 differs).");
            }
        }

        RefuseExternalData(directory, manifest);
        return new ModelPackage(directory, manifest, manifestBytes);
    }

    /// <summary>
    /// Turns a folder of files into a package: hashes them, names the version and writes the manifest, last.
    /// </summary>
    public static async Task<ModelPackage> SealAsync(string directory, ModelManifest draft, TimeProvider clock, CancellationToken cancellationToken)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in System.IO.Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(directory, file).Replace('\\', '/');
            if (path is not (ModelManifest.FileName or ModelManifest.SignatureFileName))
            {
                cancellationToken.ThrowIfCancellationRequested();
                files[path] = Hash(file);
            }
        }

        var createdAt = clock.GetUtcNow();
        var manifest = draft with { Files = files, CreatedAt = createdAt, Version = PackageVersion.Compute(createdAt, files) };
        Check(manifest);
        RefuseExternalData(directory, manifest);
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest, RegistryJson.Options);
        await File.WriteAllBytesAsync(Path.Combine(directory, ModelManifest.FileName), json, cancellationToken);
        return new ModelPackage(directory, manifest, json);
    }

    internal static ModelManifest ReadManifest(ReadOnlySpan<byte> json)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize<ModelManifest>(json, RegistryJson.Options)
                ?? throw new PackageIntegrityException("The manifest is empty.");
            Check(manifest);
            return manifest;
        }
        catch (JsonException broken)
        {
            throw new PackageIntegrityException($"The manifest cannot be read: {broken.Message}", broken);
        }
    }

    private static void Check(ModelManifest manifest)
    {
        if (manifest.Schema != ModelManifest.CurrentSchema)
        {
            throw new PackageIntegrityException($"Manifest schema {manifest.Schema}; this build reads {ModelManifest.CurrentSchema}.");
        }

        if (!RegistryNames.IsValidModel(manifest.Name))
        {
            throw new PackageIntegrityException($"'{manifest.Name}' is no model name: small letters, digits and dashes only, and neither 'releases' nor 'channels'.");
        }

        if (HasHoles(manifest))
        {
            throw new PackageIntegrityException($"{manifest.Name}: the manifest is damaged, a list or table of it has a null where something must stand.");
        }

        foreach (var path in manifest.Files.Keys)
        {
            if (!RegistryNames.IsSafePath(path))
            {
                throw new PackageIntegrityException($"{manifest.Name}: file path '{path}' is refused: relative, no '..', letters, digits, '.', '-', '_' and '/' only.");
            }

            if (path is ModelManifest.FileName or ModelManifest.SignatureFileName)
            {
                throw new PackageIntegrityException($"{manifest.Name}: the manifest lists '{path}', which is itself or its signature.");
            }
        }

        if (!PackageVersion.Matches(manifest.Version, manifest.Files))
        {
            throw new PackageIntegrityException($"{manifest.Name}: version '{manifest.Version}' does not belong to these files.");
        }
    }

    /// <summary>The serializer refuses a null for a member, not for an element of one.</summary>
    private static bool HasHoles(ModelManifest manifest) =>
        AnyNull(manifest.Graphs) || AnyNull(manifest.Labels) || AnyNull(manifest.CoveredLabels) || AnyNull(manifest.Datasets)
        || AnyNull(manifest.Files.Values) || AnyNull(manifest.TrainedOn.Values)
        || manifest.Graphs.SelectMany(graph => graph.Inputs.Concat(graph.Outputs)).ToList() is var tensors
            && (AnyNull(tensors) || tensors.Any(tensor => AnyNull(tensor.Shape)));

    private static bool AnyNull<T>(IEnumerable<T?> elements) where T : class => elements.Any(element => element is null);

    private static void RefuseExternalData(string directory, ModelManifest manifest)
    {
        var graphs = manifest.Files.Keys.Where(path => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
            .Union(manifest.Graphs.Select(graph => graph.File).Where(manifest.Files.ContainsKey));
        foreach (var path in graphs)
        {
            using var graph = File.OpenRead(Path.Combine(directory, path));
            if (ExternalDataScan.Objection(graph) is { } objection)
            {
                throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version}: '{path}' {objection}: refused. Save the model with all of its values inside.");
            }
        }
    }

    private static string Hash(string file)
    {
        // The hash asks for 4 KiB at a time.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, ReadAhead, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
