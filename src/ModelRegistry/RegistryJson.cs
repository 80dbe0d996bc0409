using System.Text.Encodings.Web;
using System.Text.Json;

namespace Emotion.ModelRegistry;

/// <summary>How everything in the registry is written: camelCase, indented, readable in a browser.</summary>
public static class RegistryJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
    };

    /// <param name="from">Named where it cannot be read.</param>
    /// <exception cref="PackageIntegrityException">It is no such record.</exception>
    internal static T Read<T>(byte[] content, string from)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content, Options) ?? throw new PackageIntegrityException($"'{from}' is empty.");
        }
        catch (JsonException broken)
        {
            throw new PackageIntegrityException($"'{from}' cannot be read: {broken.Message}", broken);
        }
    }
}
