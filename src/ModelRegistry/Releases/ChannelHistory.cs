namespace Emotion.ModelRegistry.Releases;

/// <summary>What a channel pointed to before, as its history tells it.</summary>
internal static class ChannelHistory
{
    /// <summary>
    /// Where a rollback leads. Promotions pile up and rollbacks take the topmost away, so two rollbacks in a row go two steps back
    /// instead of to and fro.
    /// </summary>
    /// <returns>Null where the history knows of nothing before.</returns>
    public static Stand? Before(ChannelManifest channel)
    {
        var stands = new Stack<Stand>();
        foreach (var change in channel.History)
        {
            // The history is bounded: what its oldest entry came from is known by name only.
            if (stands.Count == 0 && change.From is { } from)
            {
                stands.Push(new Stand(from, null));
            }

            if (change.IsRollback)
            {
                stands.TryPop(out _);
            }

            if (stands.TryPeek(out var top) && top.Release == change.To)
            {
                stands.Pop();
            }

            stands.Push(new Stand(change.To, change.Share));
        }

        if (stands.TryPeek(out var now) && now.Release == channel.Release)
        {
            stands.Pop();
        }

        return stands.TryPeek(out var before) ? before : null;
    }

    /// <param name="Share">Null where the history does not say.</param>
    public sealed record Stand(string Release, double? Share);
}
