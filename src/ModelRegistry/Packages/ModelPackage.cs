using System.Security.Cryptography;
using System.Text.Json;

namespace Emotion.ModelRegistry.Packages;

/// <summary>
/// A model version as a folder: <c>manifest.json</c> and the files it lists. An instance exists only for a folder whose
/// every file was checked against its SHA-256, so whoever holds one may trust what it reads.
/// </summary>
public sealed class ModelPackage
{
    private ModelPackage(string directory, ModelManifest manifest)
    {
        Directory = directory;
        Manifest = manifest;
    }

    public string Directory { get; }

    public ModelManifest Manifest { get; }

    public string Name => Manifest.Name;

    public string Version => Manifest.Version;

    /// <summary>Full path of a file that the manifest lists.</summary>
    /// <exception cref="PackageIntegrityException">The manifest does not list it.</exception>
    public string PathOf(string file) =>
        Manifest.Files.ContainsKey(file)
            ? Path.Combine(Directory, file)
            : throw new PackageIntegrityException($"{Name}/{Version} does not list a file '{file}'.");

    /// <summary>Reads and checks a package folder.</summary>
    /// <exception cref="PackageIntegrityException">Manifest unreadable, a file missing, altered or unlisted, or a wrong version name.</exception>
    public static async Task<ModelPackage> OpenAsync(string directory, CancellationToken cancellationToken)
    {
        var manifestPath = Path.Combine(directory, ModelManifest.FileName);
        if (!File.Exists(manifestPath))
        {
            throw new PackageIntegrityException($"'{directory}' has no {ModelManifest.FileName}: it is no package, or an upload that never ended.");
        }

        var manifest = ReadManifest(await File.ReadAllBytesAsync(manifestPath, cancellationToken));
        foreach (var (path, expected) in manifest.Files)
        {
            var file = Path.Combine(directory, path);
            if (!File.Exists(file))
            {
                throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version}: '{path}' is missing.");
            }

            if (await HashAsync(file, cancellationToken) != expected)
            {
                throw new PackageIntegrityException($"{manifest.Name}/{manifest.Version}: '{path}' is not what the manifest says (SHA-256 differs).");
            }
        }

        return new ModelPackage(directory, manifest);
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
            if (path != ModelManifest.FileName)
            {
                files[path] = await HashAsync(file, cancellationToken);
            }
        }

        var createdAt = clock.GetUtcNow();
        var manifest = draft with { Files = files, CreatedAt = createdAt, Version = PackageVersion.Compute(createdAt, files) };
        Check(manifest);
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest, RegistryJson.Options);
        await File.WriteAllBytesAsync(Path.Combine(directory, ModelManifest.FileName), json, cancellationToken);
        return new ModelPackage(directory, manifest);
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

        if (!RegistryNames.IsValid(manifest.Name))
        {
            throw new PackageIntegrityException($"'{manifest.Name}' is no model name: small letters, digits and dashes only.");
        }

        foreach (var path in manifest.Files.Keys)
        {
            if (!RegistryNames.IsSafePath(path))
            {
                throw new PackageIntegrityException($"{manifest.Name}: file path '{path}' is refused: relative, no '..', letters, digits, '.', '-', '_' and '/' only.");
            }
        }

        if (!PackageVersion.Matches(manifest.Version, manifest.Files))
        {
            throw new PackageIntegrityException($"{manifest.Name}: version '{manifest.Version}' does not belong to these files.");
        }
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
