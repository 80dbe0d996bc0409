namespace Emotion.ScaleBench.Simulation;

/// <summary>How a caller chooses among replicas.</summary>
internal enum Choice
{
    /// <summary>As gateways do, each with a turn of its own; one that is full is passed over.</summary>
    InTurn,

    /// <summary>Of two that are drawn the one that has less to do, which a gateway would have to be told.</summary>
    LessBusyOfTwo,
}

/// <summary>Replicas of a service, and the callers that choose among them.</summary>
/// <param name="stations">One at the least.</param>
/// <param name="callers">Gateways: each takes turns for itself, so that two may choose the same one at the same moment.</param>
/// <param name="choice">By what.</param>
/// <param name="random">Which gateway a clip came to.</param>
internal sealed class Replicas(IReadOnlyList<Station> stations, int callers, Choice choice, Random random)
{
    private readonly int[] _turn = [.. Enumerable.Range(0, callers).Select(_ => random.Next(stations.Count))];

    /// <returns>False where all of them refuse.</returns>
    public bool TryTake(Times service, Action done)
    {
        if (choice == Choice.LessBusyOfTwo)
        {
            var (one, other) = (stations[random.Next(stations.Count)], stations[random.Next(stations.Count)]);
            return (one.Inside <= other.Inside ? one : other).TryTake(service, done);
        }

        var caller = random.Next(_turn.Length);
        var first = _turn[caller]++;
        for (var step = 0; step < stations.Count; step++)
        {
            if (stations[(first + step) % stations.Count].TryTake(service, done))
            {
                return true;
            }
        }

        return false;
    }
}
