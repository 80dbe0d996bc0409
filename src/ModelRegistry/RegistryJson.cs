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
}
