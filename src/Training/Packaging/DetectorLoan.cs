using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Sessions;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Onnx;
using Google.Protobuf;

namespace Emotion.Training.Packaging;

/// <summary>The face detector by itself, as serving runs it, to cut the pictures of a corpus before there is a package.</summary>
public sealed class DetectorLoan : IDisposable
{
    /// <summary>Below <c>node_modules</c>.</summary>
    public const string FileName = "retinaface/mnet.25_v2.onnx";

    private readonly string _folder;

    private DetectorLoan(string folder, GraphSession session, FaceDetectorSpec spec)
    {
        _folder = folder;
        Detector = new FaceDetector(session, spec);
    }

    public FaceDetector Detector { get; }

    /// <summary>SHA-256 of the graph's file, as a package's manifest has it.</summary>
    public string Digest { get; } = DataDigest.Of(Graph().ToByteArray());

    /// <summary>RetinaFace as npm <c>retinaface</c> carries it.</summary>
    public static Proto.ModelProto Graph() => DetectorGraph.Read(
        Carried.Npm(FileName) ?? throw new CorpusException("The face detector is missing: run `npm ci` in the repository root."));

    public static async Task<DetectorLoan> TakeAsync(FaceDetectorSpec spec, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("emotion-detector-").FullName;
        using var package = new PackageFolder(folder);
        var manifest = new ModelManifest
        {
            Name = "video", Opset = GraphBuilder.Opset, Graphs = [package.Add("detector", "detector.onnx", Graph())], Labels = EmotionLabels.Names,
            CoveredLabels = [], FrontEnd = [], Recipe = [], GitCommit = "none", Datasets = [], Metrics = [], License = Licences.Detector,
        };
        var session = await package.OpenAsync(manifest, "detector", cancellationToken);
        return new DetectorLoan(folder, session, spec);
    }

    public void Dispose()
    {
        Detector.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
