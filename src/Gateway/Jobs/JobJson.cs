using System.IO.Compression;
using System.Text.Json;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Jobs;

/// <summary>How the columns that hold more than a value are written.</summary>
internal static class JobJson
{
    /// <summary>As the API writes.</summary>
    public static readonly JsonSerializerOptions Options = Configured();

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new InvalidDataException($"The database has null for a {typeof(T).Name}.");

    /// <summary>A clip of an hour has megabytes of answers, alike from window to window.</summary>
    public static byte[] Pack(Analysis analysis)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            JsonSerializer.Serialize(brotli, analysis, Options);
        }

        return packed.ToArray();
    }

    public static Analysis Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Analysis>(brotli, Options) ?? throw new InvalidDataException("The database has null for a result.");
    }

    private static JsonSerializerOptions Configured()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        AnalysisJson.Configure(options);
        return options;
    }
}
