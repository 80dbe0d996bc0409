using System.ComponentModel.DataAnnotations;

namespace Emotion.ModelRegistry;

/// <summary>Section <c>ModelRegistry</c>. Where the registry is comes from the connection string <c>models</c>.</summary>
public sealed class ModelRegistryOptions
{
    public const string SectionName = "ModelRegistry";

    /// <summary>An Azure Storage connection string; Azurite's form is accepted too.</summary>
    [Required(ErrorMessage = "No model registry is configured: set ConnectionStrings:models to an Azure Storage (or Azurite) connection string.")]
    public string ConnectionString { get; set; } = "";

    [RegularExpression("^[a-z0-9](-?[a-z0-9]){2,62}$")]
    public string Container { get; set; } = "models";

    /// <summary>Where fetched packages are kept, one folder per version. Relative to the working directory.</summary>
    [Required]
    public string CacheDirectory { get; set; } = Path.Combine(".emotion", "models");

    /// <summary>A manifest, release or channel of more bytes is refused.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxManifestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>A package of more bytes is refused while it is fetched.</summary>
    [Range(1024L, 16L * 1024 * 1024 * 1024)]
    public long MaxPackageBytes { get; set; } = 1024L * 1024 * 1024;

    [Range(1, 1000)]
    public int MaxPackageFiles { get; set; } = 64;

    /// <summary>Channel moves that are remembered.</summary>
    [Range(1, 10_000)]
    public int HistoryLength { get; set; } = 200;

    /// <summary>For a single call to the blob store; the client retries inside of it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan NetworkTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the client tries a failed call again.</summary>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 3;
}
