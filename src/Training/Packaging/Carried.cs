using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;

namespace Emotion.Training.Packaging;

/// <summary>What the repository has beside the program, and an image of the training carries in the program's own folder (build/images.sh): published models, and graphs of npm packages.</summary>
public static class Carried
{
    /// <summary>A file of <c>node_modules</c>; null where it is neither in the repository nor beside the program.</summary>
    public static string? Npm(string file) => Places("node_modules").Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>A published version, to start a training from: of the folder of packages, else of those that the program carries.</summary>
    public static Task<ModelPackage> OpenAsync(string packages, string name, string version, CancellationToken cancellationToken)
    {
        var there = Path.Combine(packages, name, version);
        var carried = Path.Combine(AppContext.BaseDirectory, "models", name, version);
        return ModelPackage.OpenAsync(!Directory.Exists(there) && Directory.Exists(carried) ? carried : there, cancellationToken);
    }

    private static IEnumerable<string> Places(string folder) => [Path.Combine(DataRoot.RepositoryRoot(), folder), Path.Combine(AppContext.BaseDirectory, folder)];
}
