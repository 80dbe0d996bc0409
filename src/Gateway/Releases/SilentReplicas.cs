namespace Emotion.Gateway.Releases;

/// <summary>Since when replicas of one service say nothing.</summary>
/// <param name="hungAfter">Who says nothing for so long hangs.</param>
/// <param name="clock">Of <paramref name="hungAfter"/>.</param>
public sealed class SilentReplicas<TReplica>(TimeSpan hungAfter, TimeProvider clock) where TReplica : notnull
{
    private Dictionary<TReplica, long> _since = [];

    /// <param name="silent">All who did not answer the last question.</param>
    /// <param name="askedAt">When that was asked, by the clock's time stamps.</param>
    /// <returns>Those of them that hang.</returns>
    public List<TReplica> Hung(IReadOnlyList<TReplica> silent, long askedAt)
    {
        _since = silent.ToDictionary(replica => replica, replica => _since.GetValueOrDefault(replica, askedAt));
        return [.. silent.Where(replica => clock.GetElapsedTime(_since[replica]) >= hungAfter)];
    }
}
