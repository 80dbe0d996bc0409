namespace Emotion.Training.Datasets;

/// <summary>A file of a cache: written beside and moved into place, so that whoever is cut off leaves no half of it, and two who make it at once do not meet.</summary>
internal static class CacheFile
{
    /// <param name="path">Whatever is there is replaced.</param>
    /// <param name="write">Writes all of it.</param>
    public static void Write(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = $"{path}.{Path.GetRandomFileName()}.partial";
        try
        {
            using (var file = File.Create(partial))
            {
                write(file);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
