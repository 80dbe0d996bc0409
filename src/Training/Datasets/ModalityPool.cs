namespace Emotion.Training.Datasets;

/// <summary>What a served model said of one example.</summary>
public sealed record Evidence(int Label, float[] Embedding, float[] Posterior);

/// <summary>A pair drawn by label from two pools; a modality that is absent is null.</summary>
/// <param name="Allowed">Labels that may be answered: all, or those that every present modality covers.</param>
public sealed record EvidenceTuple(int Label, Evidence? Audio, Evidence? Video, bool[] Allowed);

/// <summary>
/// Speech and face evidence of different people, paired by label, since no corpus with both is at hand; every figure from such pairs is
/// marked as drawn. First it is drawn which modalities are there (speech alone, face alone, both, a third each), then the label,
/// uniform over those that all of them cover, so that absence says nothing about the label. With a face present, <c>calm</c>, which no face
/// corpus has, is no allowed answer in training and gets no gradient: fusion learns nothing for or against it.
/// </summary>
public sealed class ModalityPools
{
    private readonly ILookup<int, Evidence> _audio, _video;
    private readonly bool[] _all, _covered;

    public ModalityPools(IEnumerable<Evidence> audio, IEnumerable<Evidence> video, bool[] videoCovered)
    {
        (_audio, _video) = (audio.ToLookup(e => e.Label), video.ToLookup(e => e.Label));
        (_all, _covered) = (Array.ConvertAll(videoCovered, _ => true), videoCovered);
    }

    public EvidenceTuple Draw(Random random)
    {
        var presence = random.Next(3);
        var (audio, video) = (presence != 1, presence != 0);
        var allowed = video ? _covered : _all;
        int label;
        do
        {
            label = random.Next(allowed.Length);
        }
        while (!allowed[label]);

        return new EvidenceTuple(label, audio ? Pick(_audio, label, random) : null, video ? Pick(_video, label, random) : null, allowed);
    }

    /// <summary>Tuples with both modalities, labels in turn: for validation and test.</summary>
    public IEnumerable<EvidenceTuple> Both(int count, Random random)
    {
        var labels = Enumerable.Range(0, _covered.Length).Where(label => _covered[label]).ToArray();
        return Enumerable.Range(0, count).Select(i => labels[i % labels.Length])
            .Select(label => new EvidenceTuple(label, Pick(_audio, label, random), Pick(_video, label, random), _all)).ToList();
    }

    private static Evidence Pick(ILookup<int, Evidence> pool, int label, Random random)
    {
        var some = pool[label];
        return some.ElementAt(random.Next(some.Count()));
    }
}
