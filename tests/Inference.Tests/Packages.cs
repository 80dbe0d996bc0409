using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Features.Mfcc;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Inference.Tests.Graphs;
using Emotion.Inference.Text;
using Emotion.Inference.Video;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Tests;

/// <summary>Sealed packages around tiny graphs, in a folder that goes with the test.</summary>
internal sealed class Packages : IDisposable
{
    // By all that they follow from: the same package is not computed twice in a process.
    private static readonly ConcurrentDictionary<string, byte[]> Goldens = [];

    private readonly string _root = Directory.CreateTempSubdirectory("emotion-inference-").FullName;

    public static readonly ModelRuntime Runtime = ModelRuntime.Create(
        new InferenceOptions { Provider = "cpu", IntraOpThreads = 1 }, new BatchOptions { MaxDelay = TimeSpan.Zero });

    public static MfccSpec Mfcc { get; } = Spec<MfccSpec>("mfcc-spec.json");

    public static FaceFrameSpec FaceFrame { get; } = Spec<FaceFrameSpec>("face-frame-spec.json");

    public Task<ModelPackage> AudioAsync(int seed = 1, NoiseSpec? noise = null) => SealAsync<AudioModel>(
        "audio", new AudioSpec { Mfcc = Mfcc, Noise = noise }, [],
        [Graph("classifier", "model.onnx", [("features", "batch,1,300,40")])],
        ("model.onnx", TinyGraphs.Audio(seed)));

    /// <summary>With voice activity and an encoder, and a classifier that takes what the encoder heard.</summary>
    public Task<ModelPackage> FullAudioAsync(AudioSpec? frontEnd = null, bool encoderGraph = true) => SealAsync<AudioModel>(
        "audio", frontEnd ?? FullAudio, [],
        [
            Graph("classifier", "model.onnx", [("features", "batch,1,300,40"), ("encoder", "batch,4")]),
            new GraphManifest(
                AudioModel.VoiceRole, "voice-activity.onnx", [new("chunks", ["n", "576"]), new("state", ["2", "1", "4"])],
                [new("speech", ["n"]), new("next_state", ["2", "1", "4"])]),
            .. encoderGraph
                ? [new GraphManifest(AudioModel.EncoderRole, "encoder.onnx", [new("input_values", ["batch_size", "samples"])], [new("pooled", ["batch_size", "4"])])]
                : Array.Empty<GraphManifest>(),
        ],
        ("model.onnx", TinyGraphs.AudioWithEncoder()), ("voice-activity.onnx", TinyGraphs.Voice()), ("encoder.onnx", TinyGraphs.Encoder()));

    public static AudioSpec FullAudio { get; } = new()
    {
        Mfcc = Mfcc,
        VoiceActivity = new VoiceActivitySpec
        {
            SampleRate = 16000, ChunkSamples = 512, ContextSamples = 64, Begin = 0.15, End = 0.15, PauseSeconds = 0, RegionSeconds = 0, RequiredSeconds = 0.5,
        },
        Encoder = new SpeechEncoderSpec { SampleRate = 16000, Peak = 0, MinimumSamples = 1600 },
    };

    /// <summary>Of <see cref="Moonshine"/>; without a golden example it cannot be served, only loaded.</summary>
    public Task<ModelPackage> TextAsync(TextSpec? frontEnd = null, bool golden = true) =>
        SealAsync<TextModel>("text", frontEnd ?? Moonshine.Spec, [], Moonshine.Graphs, golden, [], Moonshine.Files);

    /// <summary>The same with the classifier of <see cref="TinyText"/>.</summary>
    public Task<ModelPackage> TextWithClassifierAsync() => SealAsync<TextModel>(
        "text", Moonshine.Spec with { Classifier = TinyText.Spec }, [], [.. Moonshine.Graphs, TinyText.Graph], golden: true, TinyText.Covered,
        [.. Moonshine.Files, .. TinyText.Files]);

    public Task<ModelPackage> VideoAsync(
        FaceFrameSpec? faceFrame = null, byte[]? detector = null, string? answer = null, double? meanTemperature = null) => SealAsync<VideoModel>(
        "video",
        new VideoSpec
        {
            LongestPictureSide = 1280,
            FaceFrame = faceFrame ?? FaceFrame,
            Sequence = new SequenceSpec { MinimumFaceFrames = 2, MaximumFaceFrames = 8, Answer = answer, MeanTemperature = meanTemperature },
        },
        [],
        [
            Graph("frame", "model.onnx", [("faces", "batch,1,48,48")]),
            Graph("sequence", "sequence.onnx", [("frames", "batch,time,512"), ("lengths", "batch")]),
            Graph("detector", "detector.onnx", [("data", "1,3,height,width")], []),
        ],
        ("model.onnx", TinyGraphs.Frame()), ("sequence.onnx", TinyGraphs.Sequence()), ("detector.onnx", detector ?? RetinaFace.Free()));

    public Task<ModelPackage> FusionAsync(Dictionary<string, string> trainedOn, float uncertainBelow = 0.3f) => SealAsync<FusionModel>(
        "fusion", new FusionSpec { Modalities = ["audio", "video"], UncertainBelow = uncertainBelow }, trainedOn,
        [
            Graph("classifier", "model.onnx",
            [
                ("audio", "batch,512"), ("video", "batch,128"), ("audio_posterior", "batch,8"), ("video_posterior", "batch,8"), ("present", "batch,2"),
            ]),
        ],
        ("model.onnx", TinyGraphs.Fusion()));

    /// <summary>The package again, after a change of its folder, with hashes that fit.</summary>
    public static Task<ModelPackage> ResealAsync(ModelPackage package, Func<ModelManifest, ModelManifest>? change = null) =>
        ModelPackage.SealAsync(package.Directory, (change ?? (same => same))(package.Manifest), TimeProvider.System, CancellationToken.None);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Task<ModelPackage> SealAsync<TModel>(
        string name, object frontEnd, Dictionary<string, string> trainedOn, GraphManifest[] graphs, params (string File, byte[] Bytes)[] files)
        where TModel : class, IServableModel<TModel> => SealAsync<TModel>(name, frontEnd, trainedOn, graphs, golden: true, EmotionLabels.Names, files);

    private async Task<ModelPackage> SealAsync<TModel>(
        string name, object frontEnd, Dictionary<string, string> trainedOn, GraphManifest[] graphs, bool golden, IReadOnlyList<string> covered,
        (string File, byte[] Bytes)[] files)
        where TModel : class, IServableModel<TModel>
    {
        var directory = Directory.CreateDirectory(Path.Combine(_root, Guid.NewGuid().ToString("n"))).FullName;
        foreach (var (file, bytes) in files)
        {
            await File.WriteAllBytesAsync(Path.Combine(directory, file), bytes);
        }

        var manifest = new ModelManifest
        {
            Name = name,
            Opset = 17,
            Graphs = graphs,
            Labels = EmotionLabels.Names,
            CoveredLabels = covered,
            FrontEnd = (JsonObject)JsonSerializer.SerializeToNode(frontEnd, frontEnd.GetType(), RegistryJson.Options)!,
            Recipe = new JsonObject { ["seed"] = 1 },
            GitCommit = "0000000",
            Datasets = [new DatasetManifest("generated", "00", "none")],
            Metrics = [],
            License = new LicenseManifest("MIT", true, "generated"),
            TrainedOn = trainedOn,
        };
        var draft = await ModelPackage.SealAsync(directory, manifest, TimeProvider.System, CancellationToken.None);
        if (!golden)
        {
            return draft;
        }

        var (key, place) = (JsonSerializer.Serialize(manifest with { Files = draft.Manifest.Files }, RegistryJson.Options), Path.Combine(draft.Directory, GoldenExample.FileName));
        if (Goldens.TryGetValue(key, out var known))
        {
            await File.WriteAllBytesAsync(place, known);
        }
        else
        {
            await GoldenExample.WriteAsync<TModel>(draft, Runtime, CancellationToken.None);
            Goldens[key] = await File.ReadAllBytesAsync(place);
        }

        return await ResealAsync(draft);
    }

    private static GraphManifest Graph(string role, string file, (string Name, string Shape)[] inputs, params TensorManifest[] outputs) => new(
        role, file, [.. inputs.Select(input => new TensorManifest(input.Name, input.Shape.Split(',')))],
        role == "detector" ? outputs : [new TensorManifest("posterior", ["batch", "8"])]);

    private static T Spec<T>(string file) =>
        JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Specs", file)), JsonSerializerOptions.Web)!;
}
