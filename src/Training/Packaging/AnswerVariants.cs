using System.Text.Json;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Training.Packaging;

/// <summary>A video package with its windows answered one way or the other, to compare; disposal deletes the copies.</summary>
public sealed class AnswerVariants(ModelPackage package) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-answers-").FullName;

    /// <param name="answer">Of <see cref="SequenceSpec.Answer"/>.</param>
    /// <param name="cancellationToken">Stops the copying.</param>
    public async Task<VideoModel> LoadAsync(string answer, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, answer)).FullName;
        foreach (var file in package.Manifest.Files.Keys)
        {
            File.Copy(package.PathOf(file), Path.Combine(folder, file));
        }

        var spec = package.Manifest.FrontEnd.Deserialize<VideoSpec>(RegistryJson.Options)!;
        var manifest = VideoPackage.Answering(package.Manifest, answer, spec.Sequence.MeanTemperature);
        return VideoModel.Load(await ModelPackage.SealAsync(folder, manifest, TimeProvider.System, cancellationToken), PackageFolder.Runtime);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
