using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>The face model as it is served: stills through the frame network, sequences through the sequence call.</summary>
public static class ServedVideo
{
    private static readonly FaceBox Box = new(0.25f, 0.25f, 0.75f, 0.75f);
    private static readonly FaceLandmarks Landmarks =
        new(new(0.4f, 0.4f), new(0.6f, 0.4f), new(0.5f, 0.5f), new(0.42f, 0.6f), new(0.58f, 0.6f));

    public static bool[] Covered(VideoModel model) => EmotionLabels.Mask(model.Package.Manifest.CoveredLabels);

    public static async Task<Judged> JudgeStillsAsync(
        VideoModel model, string set, IReadOnlyList<FacePicture> pictures, CancellationToken cancellationToken)
    {
        var answers = await FramesAsync(model, pictures.Select(picture =>
        {
            var face = new float[model.Aligner.FeatureCount];
            model.Aligner.FromCrop(picture.Gray, face);
            return face;
        }), cancellationToken);
        return new Judged(set, [.. pictures.Select(picture => picture.Label)], [.. answers.Select(answer => answer.Posterior)], Covered(model));
    }

    /// <summary>Answers of the frame network, in order; many at once, so that they share batches.</summary>
    public static async Task<IReadOnlyList<FaceAnswer>> FramesAsync(
        VideoModel model, IEnumerable<float[]> faces, CancellationToken cancellationToken)
    {
        const int AtOnce = 64;
        var answers = new List<FaceAnswer>();
        foreach (var some in faces.Chunk(AtOnce))
        {
            answers.AddRange(await Task.WhenAll(some.Select(face => model.Frames.RunAsync(face, cancellationToken))));
        }

        return answers;
    }

    /// <summary>Sequences of the frame network's answers, each as the one face of a window.</summary>
    public static IReadOnlyList<TrackWindow> Sequences(
        VideoModel model, IEnumerable<IReadOnlyList<FaceAnswer>> sequences, CancellationToken cancellationToken)
    {
        var rate = model.Aligner.Spec.PicturesPerSecond;
        return [.. sequences.Select(answers => model.ClassifySequence(
            [.. Frames(answers, 0, rate)], [new ClipWindow(0, 0, answers.Count / rate)], cancellationToken).Windows[0])];
    }

    /// <summary>Answers as the frames of one face that stays where it is.</summary>
    /// <param name="start">Second of the first.</param>
    /// <param name="rate">A second.</param>
    public static IEnumerable<FaceFrame> Frames(IReadOnlyList<FaceAnswer> answers, double start, double rate) => answers.Select((answer, i) => new FaceFrame
    {
        Seconds = start + i / rate, Box = Box, Landmarks = Landmarks, DetectionScore = 1, Posterior = answer.Posterior, Embedding = answer.Embedding,
        Sharpness = 1, Brightness = 0.5f,
    });

    /// <summary>The frame network's answers on sequences, which are let go as they are read.</summary>
    public static async Task<AnsweredSequences> AnswerAsync(
        VideoModel model, string set, IAsyncEnumerable<FaceSequence> sequences, CancellationToken cancellationToken)
    {
        var (labels, subjects, answers) = (new List<int>(), new List<string>(), new List<IReadOnlyList<FaceAnswer>>());
        await foreach (var sequence in sequences.WithCancellation(cancellationToken))
        {
            labels.Add(sequence.Label);
            subjects.Add(sequence.Subject);
            answers.Add(await FramesAsync(model, sequence.Faces, cancellationToken));
        }

        return new AnsweredSequences(set, labels, answers) { Subjects = subjects };
    }

    public static async Task<Judged> JudgeSequencesAsync(
        VideoModel model, string set, IReadOnlyList<FaceSequence> sequences, CancellationToken cancellationToken) =>
        (await AnswerAsync(model, set, sequences.ToAsyncEnumerable(), cancellationToken)).By(model, cancellationToken);
}
