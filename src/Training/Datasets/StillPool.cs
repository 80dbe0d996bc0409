using Emotion.Features;
using Emotion.Training.Augmentation;
using Emotion.Training.Recipes;

namespace Emotion.Training.Datasets;

/// <summary>A still picture of a label as items that sequences are composed of.</summary>
/// <typeparam name="T">Face tensors, or what a network made of them.</typeparam>
/// <param name="Versions">The plain picture and changed versions.</param>
/// <param name="Blinks">With shut eyes; none where nobody blinks.</param>
public sealed record Still<T>(int Label, IReadOnlyList<T> Versions, IReadOnlyList<T>? Blinks = null);

/// <summary>Stills by label, and sequences composed of them: see <see cref="CompositionSpec"/>.</summary>
public sealed class StillPool<T>
{
    private readonly Dictionary<int, Still<T>[]> _stills;
    private readonly CompositionSpec _spec;

    public StillPool(IEnumerable<Still<T>> stills, CompositionSpec spec)
    {
        _spec = spec;
        _stills = stills.GroupBy(still => still.Label).ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>Labels that there are stills of.</summary>
    public IReadOnlyList<int> Labels => [.. _stills.Keys.Order()];

    /// <summary>A sequence of this label.</summary>
    public IReadOnlyList<T> Compose(int label, Random random)
    {
        var length = random.Next(_spec.MinimumFrames, _spec.MaximumFrames + 1);
        var sequence = new List<T>(length);
        var neutral = EmotionLabels.IndexOf("neutral");
        if (label != neutral && random.NextDouble() < _spec.NeutralOnset)
        {
            Show(Pick(neutral, random), (int)(length * _spec.NeutralShare * random.NextDouble()), sequence, random);
        }

        var pictures = random.Next(1, _spec.MaximumPictures + 1);
        for (var left = pictures; left > 0; left--)
        {
            Show(Pick(label, random), (length - sequence.Count) / left, sequence, random);
        }

        if (_spec.Interruptions is { } interruptions && random.NextDouble() < interruptions.DropOut)
        {
            var missing = Math.Min(1 + (int)(sequence.Count * interruptions.DropOutShare * random.NextDouble()), sequence.Count - _spec.MinimumFrames);
            sequence.RemoveRange(random.Next(sequence.Count - Math.Max(missing, 0) + 1), Math.Max(missing, 0));
        }

        return sequence;
    }

    private Still<T> Pick(int label, Random random) => _stills[label][random.Next(_stills[label].Length)];

    private void Show(Still<T> still, int times, List<T> sequence, Random random)
    {
        for (var i = 0; i < times; i++)
        {
            // Without interruptions nothing is drawn for them: figures of packages before stay what they are.
            var shut = _spec.Interruptions is { } interruptions && still.Blinks is not null && random.NextDouble() < interruptions.ShutEyes;
            var items = shut ? still.Blinks! : still.Versions;
            sequence.Add(items[random.Next(items.Count)]);
        }
    }
}

/// <summary>Pictures to stills of face tensors.</summary>
public static class StillFaces
{
    /// <summary>
    /// At most so many pictures of each label as the spec says, the first by content hash, each plain and in changed versions, and with
    /// shut eyes where the spec knows of blinks.
    /// </summary>
    public static IEnumerable<Still<float[]>> Of(
        IEnumerable<FacePicture> pictures, CompositionSpec spec, PictureAugmenter augmenter, int side, Random random)
    {
        foreach (var picture in pictures.GroupBy(p => p.Label).SelectMany(g => g.OrderBy(p => p.Sha256, StringComparer.Ordinal).Take(spec.PicturesPerLabel)))
        {
            var versions = new float[spec.Variants + 1][];
            for (var version = 0; version < versions.Length; version++)
            {
                versions[version] = new float[side * side];
                if (version == 0)
                {
                    augmenter.WritePlain(picture.Gray, side, versions[version]);
                }
                else
                {
                    augmenter.Write(picture.Gray, side, random, versions[version]);
                }
            }

            yield return new Still<float[]>(picture.Label, versions, spec.Interruptions is null ? null : [augmenter.WithShutEyes(picture.Gray, side)]);
        }
    }
}
