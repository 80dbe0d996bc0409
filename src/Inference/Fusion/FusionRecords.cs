namespace Emotion.Inference.Fusion;

/// <summary>What one modality found in one window.</summary>
/// <param name="Modality"><c>audio</c>, <c>video</c> or <c>text</c>.</param>
/// <param name="Producer">Name of the model that made the embedding.</param>
/// <param name="ProducerVersion">Its version; fusion refuses versions that it was not trained on.</param>
/// <param name="Posterior"><c>[8]</c>, adds up to 1.</param>
/// <param name="Quality">How good the input was, 0..1: weighs the windows of a clip.</param>
public sealed record ModalityEvidence(
    string Modality, string Producer, string ProducerVersion, ReadOnlyMemory<float> Posterior, ReadOnlyMemory<float> Embedding, float Quality)
{
    /// <summary>The labels that the model behind the posterior can tell. The network knows it of its own; the fallback asks.</summary>
    public IReadOnlyList<string> CoveredLabels { get; init; } = [];
}

/// <summary>A window with what any subset of the modalities found in it.</summary>
public sealed record WindowEvidence(int WindowIndex, IReadOnlyList<ModalityEvidence> Evidence);

/// <summary>What a modality did for the winning emotion: its probability minus what it would be without this modality.</summary>
/// <param name="Posterior">The modality's own posterior over the clip; empty on the level of a window.</param>
public sealed record Contribution(string Modality, float Change, float[] Posterior);

/// <summary>The windows that decided about a clip: the fewest, of the largest changes, that have half of all that speaks for its winner.</summary>
/// <param name="WindowIndices">The largest change first.</param>
/// <param name="Change">The winner's probability minus what it would be without all of them.</param>
/// <param name="PosteriorWithout">The clip's without them; empty where no other window has an answer.</param>
public sealed record DecidingWindows(IReadOnlyList<int> WindowIndices, float Change, float[] PosteriorWithout);

/// <param name="Posterior"><c>[8]</c>; empty with an abstention.</param>
/// <param name="Uncertain">The winner's probability is below the model's threshold; always so by the fallback, for which none was chosen.</param>
public sealed record FusedWindow(
    int WindowIndex, float[] Posterior, bool Uncertain, IReadOnlyList<Contribution> Contributions, Abstention? Abstention)
{
    /// <summary>See <see cref="Disagreement"/>.</summary>
    public bool ModalitiesDisagree { get; init; }

    /// <summary>The probability of the clip's winner minus what it would be without this window; null with an abstention.</summary>
    public float? Change { get; init; }
}

/// <param name="Posterior"><c>[8]</c>: mean over the windows, weighted by quality; empty with an abstention.</param>
public sealed record FusedClip(
    IReadOnlyList<FusedWindow> Windows, float[] Posterior, bool Uncertain, IReadOnlyList<Contribution> Contributions, Abstention? Abstention)
{
    /// <summary>Of the modalities' own posteriors over the clip.</summary>
    public bool ModalitiesDisagree { get; init; }

    /// <summary>Null with an abstention, and where all windows are alike.</summary>
    public DecidingWindows? DecidedBy { get; init; }
}

/// <summary>The <c>frontEnd</c> of a fusion package's manifest.</summary>
public sealed record FusionSpec
{
    /// <summary>In the order of the columns of <c>present</c>; each has inputs <c>NAME</c> and <c>NAME_posterior</c>.</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    /// <summary>A posterior whose winner has less is called uncertain.</summary>
    public required float UncertainBelow { get; init; }
}
