namespace Emotion.Client;

/// <summary>A file with the name of an upload under way, by which another process goes on with it.</summary>
/// <param name="path">Null: nothing is noted.</param>
internal sealed class UploadNote(string? path)
{
    /// <summary>Another process could go on.</summary>
    public bool IsKept { get; private set; }

    /// <returns>Null where nothing is noted.</returns>
    public string? Read()
    {
        var id = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        IsKept = id.Length > 0;
        return IsKept ? id : null;
    }

    /// <summary>Where it cannot be written, as in a container without a home, the upload is not worse off than without a note.</summary>
    public void Write(string id)
    {
        IsKept = false;
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, id);
            IsKept = true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // IsKept says so.
        }
    }

    public void Delete()
    {
        if (IsKept)
        {
            File.Delete(path!);
        }
    }
}
