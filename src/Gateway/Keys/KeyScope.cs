using System.Text.Json;

namespace Emotion.Gateway.Keys;

/// <summary>What a key lets its holder do.</summary>
public enum KeyScope
{
    /// <summary>Send clips; cancel, retry and delete what came of them.</summary>
    Analyse,

    /// <summary>Read, list and follow analyses.</summary>
    Read,

    /// <summary>See which releases of models are offered.</summary>
    Models,

    /// <summary>Make, rotate and revoke keys and read the audit log; with the others, reach the analyses of all keys.</summary>
    Admin,
}

/// <summary>Scopes as the database has them: words, separated by blanks.</summary>
internal static class KeyScopes
{
    public static readonly IReadOnlyList<KeyScope> All = Enum.GetValues<KeyScope>();

    public static string Word(this KeyScope scope) => JsonNamingPolicy.CamelCase.ConvertName(scope.ToString());

    public static string Write(IEnumerable<KeyScope> scopes) => string.Join(' ', scopes.Distinct().Order().Select(Word));

    public static IReadOnlyList<KeyScope> Read(string words) => [.. words.Split(' ').Select(word => Enum.Parse<KeyScope>(word, ignoreCase: true))];
}
