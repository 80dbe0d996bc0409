using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Onnx;

namespace Emotion.Training.Packaging;

/// <summary>The speech encoder by itself, as serving runs it, to encode a corpus before there is a package.</summary>
public sealed class EncoderLoan : IDisposable
{
    private readonly string _folder;

    private EncoderLoan(string folder, SpeechEncoder encoder)
    {
        _folder = folder;
        Encoder = encoder;
    }

    public SpeechEncoder Encoder { get; }

    public static async Task<EncoderLoan> TakeAsync(Proto.ModelProto graph, SpeechEncoderSpec spec, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("emotion-encoder-").FullName;
        using var package = new PackageFolder(folder);
        var manifest = new ModelManifest
        {
            Name = AudioModel.ModelName, Opset = GraphBuilder.Opset, Graphs = [package.Add("encoder", "encoder.onnx", graph)],
            Labels = EmotionLabels.Names, CoveredLabels = [], FrontEnd = [], Recipe = [], GitCommit = "none", Datasets = [], Metrics = [],
            License = Licences.Encoder,
        };
        return new EncoderLoan(folder, new SpeechEncoder(await package.OpenAsync(manifest, "encoder", cancellationToken), spec));
    }

    public void Dispose()
    {
        Encoder.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
