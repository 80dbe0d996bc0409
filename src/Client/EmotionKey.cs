namespace Emotion.Client;

/// <summary>Where a key is found on this machine.</summary>
public static class EmotionKey
{
    /// <summary>The variable that has a key.</summary>
    public const string Variable = "EMOTION_KEY";

    /// <summary>The variable that has the path of a file with one; else it is <c>.emotion/key</c> below the working folder.</summary>
    public const string FileVariable = "EMOTION_KEY_FILE";

    /// <summary>
    /// That which is given, else that in <see cref="Variable"/>, else that of the system which runs on this machine. The last is for a gateway on
    /// this machine alone: it is nobody else's business.
    /// </summary>
    /// <returns>Null where there is none.</returns>
    public static string? Find(string? given, Uri gateway)
    {
        if ((given ?? Environment.GetEnvironmentVariable(Variable)) is { Length: > 0 } key)
        {
            return key;
        }

        var file = Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } named ? named : Path.Combine(".emotion", "key");
        return gateway.IsLoopback && File.Exists(file) ? File.ReadAllText(file).Trim() : null;
    }
}
