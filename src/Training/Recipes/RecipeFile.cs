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
    public static T FromJson<T>(JsonObject recipe)
    {
        try
        {
            return recipe.Deserialize<T>(Json) ?? throw new ArgumentException("The manifest has no recipe.");
        }
        catch (JsonException broken)
        {
            throw new ArgumentException($"The manifest's recipe cannot be read as a {typeof(T).Name}: {broken.Message}", broken);
        }
    }

    public static JsonObject ToJson<T>(T recipe) => (JsonObject)JsonSerializer.SerializeToNode(recipe, Json)!;
}
