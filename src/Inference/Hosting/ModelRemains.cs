using Emotion.Inference.Sessions;

namespace Emotion.Inference.Hosting;

/// <summary>
/// Gives the system back what models leave behind, in the C library's heap and in ours: docs/decisions/memory-over-swaps.md. From threads of ordinary priority,
/// since one that steps back could hold a lock of the heap for as long as others are busy. Of one host, whose loop is one thread at a time.
/// </summary>
internal sealed class ModelRemains(TimeProvider clock)
{
    /// <summary>A collection takes some 10 ms, and what a few models leave is little.</summary>
    private static readonly TimeSpan BetweenCollections = TimeSpan.FromSeconds(10);

    private long? _collected;
    private bool _due;

    /// <summary>A model is gone.</summary>
    public void ModelGone()
    {
        NativeMemory.GiveBack();
        _due = true;
    }

    /// <summary>Our own heap's too, which keeps what was large or old until something large is wanted. Everybody stops meanwhile: services do not collect beside requests.</summary>
    public void GiveBackIfDue()
    {
        if (_due && (_collected is not { } last || clock.GetElapsedTime(last) >= BetweenCollections))
        {
            (_due, _collected) = (false, clock.GetTimestamp());
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced);
        }
    }
}
