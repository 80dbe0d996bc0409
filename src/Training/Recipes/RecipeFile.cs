using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Emotion.Training.Recipes;

/// <summary>A recipe as a file of the folder <c>Recipes</c>, or one given by path; kept whole in the manifest.</summary>
public static class RecipeFile
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.Strict,
    };

    // Members that a recipe leaves out say nothing, so that a recipe of before there were such members keeps its digest.
    private static readonly JsonSerializerOptions Told = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault };

    /// <summary>SHA-256 of what the recipe says, by which a run knows it again.</summary>
    public static string Digest<T>(T recipe) => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(recipe, Told)));

    /// <exception cref="ArgumentException">There is no such recipe, or it lacks a number or has one too many.</exception>
    public static T Read<T>(string nameOrPath)
    {
        var path = nameOrPath.EndsWith(".json", StringComparison.Ordinal)
            ? nameOrPath
            : Path.Combine(AppContext.BaseDirectory, "Recipes", nameOrPath + ".json");
        if (!File.Exists(path))
        {
            throw new ArgumentException($"There is no recipe '{nameOrPath}' (looked for {path}).");
        }

        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json) ?? throw new ArgumentException($"The recipe '{path}' is empty.");
        }
        catch (JsonException broken)
        {
            throw new ArgumentException($"The recipe '{path}' cannot be read: {broken.Message}", broken);
        }
    }

    /// <summary>A recipe out of a manifest.</summary>
    /// <exception cref="ArgumentException">It is of another model, or of a time when recipes had other numbers.</exception>
    public static T FromJson<T>(JsonObject recipe) => FromJson<T>(recipe, "The manifest's recipe");

    /// <summary>A recipe that somebody has sent.</summary>
    /// <param name="recipe">As it came.</param>
    /// <param name="called">What the refusal calls it.</param>
    /// <exception cref="ArgumentException">It lacks a number or has one too many.</exception>
    public static T FromJson<T>(JsonObject recipe, string called)
    {
        try
        {
            return recipe.Deserialize<T>(Json)!;
        }
        catch (JsonException broken)
        {
            throw new ArgumentException($"{called} cannot be read as a {typeof(T).Name}: {broken.Message}", broken);
        }
    }

    public static JsonObject ToJson<T>(T recipe) => (JsonObject)JsonSerializer.SerializeToNode(recipe, Json)!;
}
