using System.ComponentModel.DataAnnotations;

namespace Emotion.ModelRegistry;

/// <summary>Section <c>ModelRegistry</c>. Where the registry is comes from the connection string <c>models</c>.</summary>
public sealed class ModelRegistryOptions
{
    public const string SectionName = "ModelRegistry";

    /// <summary>
    /// An Azure Storage connection string (Azurite's form is accepted too), or the address of an account's blob service,
    /// <c>https://ACCOUNT.blob.core.windows.net</c>: then this process's own identity is used, or the SAS in the address's query.
    /// </summary>
    [Required(ErrorMessage = "No model registry is configured: set ConnectionStrings:models to an Azure Storage (or Azurite) connection string, or to https://ACCOUNT.blob.core.windows.net.")]
    [CustomValidation(typeof(ModelRegistryOptions), nameof(CheckAddress))]
    public string ConnectionString { get; set; } = "";

    [RegularExpression("^[a-z0-9](-?[a-z0-9]){2,62}$")]
    public string Container { get; set; } = "models";

    /// <summary>Where fetched packages are kept, one folder per version. Relative to the working directory.</summary>
    [Required]
    public string CacheDirectory { get; set; } = Path.Combine(".emotion", "models");

    /// <summary>
    /// Of a cache with more bytes the versions that nobody has loaded go, those that were used least recently first. What is in use stays, whatever it takes;
    /// what has gone is fetched again when it is wanted.
    /// </summary>
    [Range(0, 1L << 50)]
    public long MaxCacheBytes { get; set; } = 500_000_000;

    /// <summary>
    /// Public keys, each SubjectPublicKeyInfo of an ECDSA P-256 key: PEM, its base64 alone, or a PEM file's path. With any, packages,
    /// releases and channels that none of them signed are refused. A list, so that keys can be replaced one by one.
    /// </summary>
    public IList<string> TrustedKeys { get; set; } = [];

    /// <summary>PEM file of the private key that signs what this process publishes and promotes; readers have none.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>A manifest, release or channel of more bytes is refused, a manifest when it is published too.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxManifestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>A package of more bytes is refused when it is published and while it is fetched.</summary>
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

    /// <summary>The connection string where it is an address; null where it is none.</summary>
    internal Uri? ServiceUri =>
        ConnectionString.StartsWith("http", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(ConnectionString, UriKind.Absolute, out var address)
            ? address
            : null;

    /// <summary>What the address alone says about whether it can be used.</summary>
    public static ValidationResult? CheckAddress(string connectionString, ValidationContext context)
    {
        var options = (ModelRegistryOptions)context.ObjectInstance;
        return options.ServiceUri is { } address && address.Scheme != Uri.UriSchemeHttps && address.Query.Length == 0
            ? new ValidationResult($"ConnectionStrings:models is '{address.GetLeftPart(UriPartial.Path)}': an identity's token is only sent over https. Use https, a SAS, or a connection string.")
            : ValidationResult.Success;
    }
}
