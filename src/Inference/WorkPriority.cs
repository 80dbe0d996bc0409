namespace Emotion.Inference;

/// <summary>
/// Whether somebody waits for what is computed now, or whether it is of a clip of a batch, which goes behind. It belongs to the asynchronous flow that it
/// is set in and to whatever that starts, as a trace does, and is looked at where something has to wait its turn.
/// </summary>
public static class WorkPriority
{
    private static readonly AsyncLocal<bool> OfBatch = new();

    /// <summary>From here on in this flow.</summary>
    public static bool IsOfBatch
    {
        get => OfBatch.Value;
        set => OfBatch.Value = value;
    }

    /// <summary>
    /// Where in the line one stands who comes now, the lowest first: in order of coming, those of batches as if they had come so many places later. So
    /// they wait behind those for whom somebody waits, and not for ever.
    /// </summary>
    /// <param name="arrived">Counts who has come.</param>
    /// <param name="headStart">Later ones that pass one of a batch at the most.</param>
    internal static long Turn(ref long arrived, int headStart) => Interlocked.Increment(ref arrived) + (IsOfBatch ? headStart : 0);
}
