using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Golden;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Media;
using Emotion.ModelRegistry.Packages;

namespace Emotion.Inference.Video;

/// <summary>
/// Faces: detector, frame network and sequence network of one version, with what lies between them. Thread-safe.
/// </summary>
public sealed class VideoModel : IServableModel<VideoModel>
{
    private readonly SequenceModel _sequence;

    private VideoModel(
        ModelPackage package, FaceAligner aligner, PictureSampling sampling, FaceDetector detector, FaceFrameModel frames,
        SequenceModel sequence)
    {
        Package = package;
        Aligner = aligner;
        Sampling = sampling;
        Detector = detector;
        Frames = frames;
        _sequence = sequence;
    }

    public static string ModelName => "video";

    public ModelPackage Package { get; }

    public FaceAligner Aligner { get; }

    public PictureSampling Sampling { get; }

    public FaceDetector Detector { get; }

    public FaceFrameModel Frames { get; }

    /// <summary>Length of the embeddings that <see cref="ClassifySequence"/> gives.</summary>
    public int EmbeddingLength => _sequence.EmbeddingLength;

    public static VideoModel Load(ModelPackage package, ModelRuntime runtime)
    {
        var manifest = package.Manifest;
        manifest.RequireOurLabels();
        var video = manifest.Spec<VideoSpec>();
        var spec = video.FaceFrame;
        var aligner = manifest.Build(() => new FaceAligner(spec));
        var rate = spec.PicturesPerSecond;
        if (rate is not (>= 1 and <= 120) || rate % 1 != 0 || video.LongestPictureSide is not (>= 16 and <= 4096))
        {
            throw new UnservablePackageException(
                $"video/{package.Version}: {rate} pictures/s (a whole number from 1 to 120) of {video.LongestPictureSide} pixels (16 to 4096).");
        }

        var opened = new List<GraphSession>();
        try
        {
            opened.Add(runtime.Sessions.Open(package, "detector"));
            opened.Add(runtime.Sessions.Open(package, "sequence"));
            opened.Add(runtime.Sessions.Open(package, "frame"));
            var detector = new FaceDetector(opened[0], spec.Detector);
            var frameLength = opened[2].RequireOutputLength("embedding");
            var sequence = new SequenceModel(opened[1], video.Sequence, frameLength);
            var frames = new FaceFrameModel(opened[2], spec, runtime);
            var sampling = new PictureSampling((int)rate, video.LongestPictureSide);
            return new VideoModel(package, aligner, sampling, detector, frames, sequence);
        }
        catch
        {
            opened.ForEach(graph => graph.Dispose());
            throw;
        }
    }

    public static GoldenInputs SynthesiseGolden(VideoModel model) => GoldenFace.Inputs();

    /// <summary>Joins the face frames of a clip into tracks, and reads each track in each window, as they come.</summary>
    /// <param name="windows">The plan, in order, none overlapping another.</param>
    /// <exception cref="InvalidInputException">There is no window.</exception>
    public SequenceRun StartSequence(IReadOnlyList<ClipWindow> windows, TrackOptions options) =>
        new(_sequence, Aligner.Spec, Frames.EmbeddingLength, windows, options);

    /// <summary>The same of face frames that are all there, in order of time.</summary>
    /// <exception cref="InvalidInputException">Times that go back, or embeddings of another length.</exception>
    public SequenceResult ClassifySequence(IReadOnlyList<FaceFrame> frames, IReadOnlyList<ClipWindow> windows, CancellationToken cancellationToken)
    {
        var run = StartSequence(windows, TrackOptions.Plain);
        foreach (var frame in frames)
        {
            cancellationToken.ThrowIfCancellationRequested();
            run.Add(frame);
        }

        return run.Finish();
    }

    public async Task<IReadOnlyDictionary<string, float[]>> RunGoldenAsync(GoldenInputs inputs, CancellationToken cancellationToken)
    {
        var (pixels, side) = GoldenFace.Picture(inputs);
        var face = new float[Aligner.FeatureCount];
        Aligner.Align(new RgbPicture(pixels, side, side), GoldenFace.Landmarks(inputs), face);
        var answer = await Frames.RunAsync(face, cancellationToken);
        var fading = Enumerable.Range(1, 5).Select(step => Array.ConvertAll(answer.Embedding, value => value * step / 5)).ToList();
        var sequence = _sequence.Run([fading, fading[..3]]);
        return new Dictionary<string, float[]>
        {
            ["detector"] = Detector.Fingerprint(new RgbPicture(pixels, side, side)),
            ["crop"] = face,
            ["frame_posterior"] = answer.Posterior,
            ["frame_embedding"] = answer.Embedding,
            ["posterior"] = sequence[0].Posterior,
            ["embedding"] = sequence[0].Embedding,
            ["posterior_of_three"] = sequence[1].Posterior,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Frames.DisposeAsync();
        _sequence.Dispose();
        Detector.Dispose();
    }
}
