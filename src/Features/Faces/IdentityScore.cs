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

    /// <summary>
    /// Identity switches (Bernardin and Stiefelhagen, Evaluating Multiple Object Tracking Performance, EURASIP JIVP 2008): how often one who
    /// is found has another number than when found last. Who was found in a track stays with it while their boxes agree; the others are
    /// paired by overlap.
    /// </summary>
    public static int Switches(IReadOnlyCollection<IdentifiedBox> truth, IReadOnlyCollection<IdentifiedBox> tracks)
    {
        var (found, last, switches) = (tracks.ToLookup(box => box.Picture), new Dictionary<int, int>(), 0);
        foreach (var picture in truth.GroupBy(box => box.Picture).OrderBy(picture => picture.Key))
        {
            var (people, boxes) = (picture.ToArray(), found[picture.Key].ToArray());
            var gain = new double[people.Length, boxes.Length];
            for (var i = 0; i < people.Length; i++)
            {
                for (var j = 0; j < boxes.Length; j++)
                {
                    var overlap = people[i].Box.Overlap(boxes[j].Box);
                    var same = last.TryGetValue(people[i].Id, out var id) && id == boxes[j].Id;
                    gain[i, j] = overlap >= MinimumOverlap ? overlap + (same ? people.Length : 0) : 0;
                }
            }

            foreach (var (person, box) in Assignment.Maximise(gain).Index().Where(pair => pair.Item >= 0))
            {
                switches += last.TryGetValue(people[person].Id, out var before) && before != boxes[box].Id ? 1 : 0;
                last[people[person].Id] = boxes[box].Id;
            }
        }

        return switches;
    }

    private static int[] Ids(IReadOnlyCollection<IdentifiedBox> boxes) => [.. boxes.Select(box => box.Id).Distinct()];
}
