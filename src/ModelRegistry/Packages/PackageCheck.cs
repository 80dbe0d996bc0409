namespace Emotion.ModelRegistry.Packages;

/// <summary>Runs the check of a folder's every byte on a thread, and at a time, of its caller's choice: some milliseconds of a core for each 10 MB.</summary>
/// <param name="open">Reads, hashes and throws as <see cref="ModelPackage.Open"/>.</param>
public delegate Task<ModelPackage> PackageCheck(Func<ModelPackage> open);
