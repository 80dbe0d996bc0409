using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>One performance as fusion sees it.</summary>
/// <param name="Evidence">
/// By modality: of the clip itself, and behind it of changed copies; nothing where the modality's network was trained on this person, and so knows the
/// clip by heart, or where no face was found.
/// </param>
public sealed record PairedClip(string Name, int Subject, int Label, IReadOnlyList<IReadOnlyList<Evidence>> Evidence)
{
    public bool IsWhole => Evidence.All(versions => versions.Count > 0);

    public bool Has(ModalitySubset subset) => Evidence.Index().All(modality => !subset.Has(modality.Index) || modality.Item.Count > 0);

    /// <param name="random">Draws a version of each modality; null for the clip itself.</param>
    public EvidenceTuple Tuple(ModalitySubset subset, bool[] allowed, Random? random = null) => new(
        Label,
        [.. Evidence.Select((versions, modality) => subset.Has(modality) && versions.Count > 0 ? versions[random?.Next(versions.Count) ?? 0] : null)],
        allowed);
}

/// <summary>Really paired clips as batches of <see cref="EvidenceTuples"/>, each with some of the modalities that it has (modality dropout).</summary>
/// <param name="allowed">Labels that may be answered.</param>
public sealed class PairedTuples(
    IReadOnlyList<PairedClip> clips, IReadOnlyList<ModalitySubset> subsets, bool[] allowed, PairedFusionRecipe recipe) : IExampleSource
{
    private readonly PairedClip[] _shown = [.. clips.SelectMany(clip => Enumerable.Repeat(clip, clip.IsWhole ? recipe.WholeRepeats : 1))];
    private readonly int[] _sizes = [.. clips[0].Evidence.Select((_, modality) => clips.First(clip => clip.IsWhole).Evidence[modality][0].Embedding.Length)];

    // By the modalities that a clip has.
    private readonly Dictionary<string, PresenceDraw> _presence = clips.Select(clip => Possible(clip, subsets)).DistinctBy(Key)
        .ToDictionary(Key, possible => new PresenceDraw(possible, possible.ToDictionary(subset => subset.Name, subset => Weight(subset, recipe.Presence))));

    public int Count => _shown.Length;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var order = Enumerable.Range(0, Count).ToArray();
        random.Shuffle(order);
        return order.Select(place => Draw(_shown[place], random)).Chunk(recipe.Training.BatchSize)
            .Select(chunk => EvidenceTuples.Batched(chunk, _sizes, recipe.Training.LabelSmoothing));
    }

    private EvidenceTuple Draw(PairedClip clip, Random random) =>
        clip.Tuple(_presence[Key(Possible(clip, subsets))].Next(random), allowed, random);

    private static ModalitySubset[] Possible(PairedClip clip, IReadOnlyList<ModalitySubset> subsets) => [.. subsets.Where(clip.Has)];

    private static double Weight(ModalitySubset subset, PresenceWeights weights) =>
        subset.IsWhole ? weights.All : subset.Count == 1 ? weights.One : weights.Two;

    private static string Key(IEnumerable<ModalitySubset> possible) => string.Join(' ', possible.Select(subset => subset.Bits));
}
