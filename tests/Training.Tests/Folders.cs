namespace Emotion.Training.Tests;

/// <summary>What several tests stand on is made once; who changes it takes a copy.</summary>
internal static class Folders
{
    /// <param name="to">Is made where it is not there.</param>
    public static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var place = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(file, place);
        }
    }
}
