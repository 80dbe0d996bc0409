namespace Emotion.Features.Faces;

/// <summary>A box of somebody in a picture.</summary>
/// <param name="Picture">Which picture, by any number.</param>
/// <param name="Id">Who: the same number in all pictures of one person or track; at most once a picture.</param>
/// <param name="Box">In any unit, the same everywhere.</param>
public readonly record struct IdentifiedBox(int Picture, int Id, FaceBox Box);

/// <summary>
/// IDF1 (Ristani et al., Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking, ECCV workshops 2016): true
/// people and tracks are paired one to one such that the most boxes agree, which are the identity true positives (IDTP), and
/// <c>IDF1 = 2 IDTP / (true boxes + boxes of tracks)</c>.
/// </summary>
public static class IdentityScore
{
    /// <summary>Two boxes agree from this intersection over union on.</summary>
    public const float MinimumOverlap = 0.5f;

    /// <summary>0 to 1; 1 where there is nobody and nobody was found.</summary>
    public static double Idf1(IReadOnlyCollection<IdentifiedBox> truth, IReadOnlyCollection<IdentifiedBox> tracks)
    {
        if (truth.Count + tracks.Count == 0)
        {
            return 1;
        }

        var (people, ids) = (Ids(truth), Ids(tracks));
        var agreed = new double[people.Length, ids.Length];
        var found = tracks.ToLookup(box => box.Picture);
        foreach (var one in truth)
        {
            foreach (var other in found[one.Picture].Where(other => other.Box.Overlap(one.Box) >= MinimumOverlap))
            {
                agreed[Array.IndexOf(people, one.Id), Array.IndexOf(ids, other.Id)]++;
            }
        }

        var pairs = Assignment.Maximise(agreed);
        var truePositives = pairs.Select((track, person) => track < 0 ? 0 : agreed[person, track]).Sum();
        return 2 * truePositives / (truth.Count + tracks.Count);
    }

    private static int[] Ids(IReadOnlyCollection<IdentifiedBox> boxes) => [.. boxes.Select(box => box.Id).Distinct()];
}
