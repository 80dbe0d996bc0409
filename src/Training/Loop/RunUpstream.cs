namespace Emotion.Training.Loop;

/// <summary>What a run of fusion was begun on: the networks in front of it by name, whose feature maps mean other things by the same numbers once they are trained anew.</summary>
public static class RunUpstream
{
    public const string FileName = "upstream.json";

    /// <summary>Puts it into the folder; a run that has begun goes on only upon the networks that it began with.</summary>
    /// <param name="upstream">By name: a version, or a digest of weights.</param>
    /// <param name="hasBegun">Otherwise what the folder says is of a run that came to nothing.</param>
    /// <exception cref="ArgumentException">The folder holds a run of others, or of nobody knows what.</exception>
    public static void Bind(RunFolder run, IReadOnlyDictionary<string, string> upstream, bool hasBegun)
    {
        if (hasBegun && !run.Has(FileName) && Directory.Exists(run.FilePath("")))
        {
            throw new ArgumentException($"'{run.FilePath("")}' does not say what it was begun on: give another folder, or delete that one to begin anew.");
        }

        if (hasBegun && run.Has(FileName) && run.ReadJson<Dictionary<string, string>>(FileName) is var begun
            && !(begun.Count == upstream.Count && begun.All(pair => upstream.GetValueOrDefault(pair.Key) == pair.Value)))
        {
            throw new ArgumentException(
                $"'{run.FilePath("")}' was begun on {Told(begun)}; there are {Told(upstream)} now: give another folder, or delete that one to begin anew.");
        }

        run.WriteJson(FileName, upstream);
    }

    private static string Told(IReadOnlyDictionary<string, string> upstream) => string.Join(", ", upstream.Select(pair => $"{pair.Key} {pair.Value}"));
}
