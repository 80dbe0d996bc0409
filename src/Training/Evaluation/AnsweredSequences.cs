using Emotion.Inference.Video;

namespace Emotion.Training.Evaluation;

/// <summary>Sequences of faces as what the frame network says of each, to be read by several models that have that network in common.</summary>
/// <param name="Set">What they are, for people.</param>
/// <param name="Labels">True labels.</param>
/// <param name="Answers">Of each sequence, in order of time.</param>
public sealed record AnsweredSequences(string Set, IReadOnlyList<int> Labels, IReadOnlyList<IReadOnlyList<FaceAnswer>> Answers)
{
    /// <summary>Who is shown, by sequence; null where nobody knows, or where it is several people.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }

    /// <summary>What the model says of each, by the way that its spec names.</summary>
    public Judged By(VideoModel model, CancellationToken cancellationToken) => new(
        Set, Labels, [.. ServedVideo.Sequences(model, Answers, cancellationToken).Select(window => ServedAudio.OrUniform(window.Posterior))],
        ServedVideo.Covered(model))
    {
        Subjects = Subjects,
    };

    public static AnsweredSequences Join(string set, IReadOnlyList<AnsweredSequences> parts) =>
        new(set, [.. parts.SelectMany(part => part.Labels)], [.. parts.SelectMany(part => part.Answers)])
        {
            Subjects = parts.All(part => part.Subjects is not null) ? [.. parts.SelectMany(part => part.Subjects!)] : null,
        };
}
