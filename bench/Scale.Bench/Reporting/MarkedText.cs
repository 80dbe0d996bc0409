using System.Text.RegularExpressions;

namespace Emotion.ScaleBench.Reporting;

/// <summary>
/// Parts of a page that a program writes, between <c>&lt;!-- figures: NAME --&gt;</c> and <c>&lt;!-- end of figures --&gt;</c>; all else is somebody's prose.
/// </summary>
internal static partial class MarkedText
{
    /// <exception cref="InvalidOperationException">The page and what is to be written do not have the same names.</exception>
    public static string Fill(string page, IReadOnlyDictionary<string, string> parts)
    {
        var found = new HashSet<string>();
        var filled = Part().Replace(page, match =>
        {
            var name = match.Groups["name"].Value;
            found.Add(name);
            return parts.TryGetValue(name, out var text)
                ? $"{match.Groups["begin"].Value}\n{text.Trim()}\n{match.Groups["end"].Value}"
                : throw new InvalidOperationException($"The page has a place for '{name}', of which nothing is known.");
        });
        var missing = parts.Keys.Except(found).ToList();
        return missing.Count == 0
            ? filled
            : throw new InvalidOperationException($"The page has no place for {string.Join(", ", missing)}: <!-- figures: NAME --> and <!-- end of figures -->.");
    }

    [GeneratedRegex(@"(?<begin><!-- figures: (?<name>[a-z-]+) -->).*?(?<end><!-- end of figures -->)", RegexOptions.Singleline)]
    private static partial Regex Part();
}
