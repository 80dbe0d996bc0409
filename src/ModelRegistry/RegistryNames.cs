using System.Text.RegularExpressions;

namespace Emotion.ModelRegistry;

/// <summary>Names that may become blob names and file names.</summary>
internal static partial class RegistryNames
{
    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,63}$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$", RegexOptions.CultureInvariant)]
    private static partial Regex SafePath();

    public static bool IsValid(string? name) => name is not null && Name().IsMatch(name);

    /// <summary>A model's folder lies beside those of releases and channels.</summary>
    public static bool IsValidModel(string? name) => IsValid(name) && name is not ("releases" or "channels");

    public static bool IsSafePath(string path) => path.Length <= 200 && SafePath().IsMatch(path);

    /// <summary>The name in <c>FOLDER/NAME.ENDING</c>; null where the path is no such thing.</summary>
    public static string? Within(string folder, string ending, string path) =>
        path.StartsWith(folder, StringComparison.Ordinal) && path.EndsWith(ending, StringComparison.Ordinal)
        && path.Length >= folder.Length + ending.Length && path[folder.Length..^ending.Length] is var name && IsValid(name)
            ? name
            : null;

    public static string Checked(string name, string what) =>
        IsValid(name) ? name : throw new ArgumentException($"'{name}' is no {what} name: small letters, digits and dashes, up to 64.");
}
