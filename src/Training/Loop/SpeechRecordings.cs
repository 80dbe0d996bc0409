using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>
/// Labelled recordings as batches: features <c>[batch, 1, frames, coefficients]</c>, a band mask <c>[batch, 1, 1, bands]</c> and, with a
/// teacher, its features <c>[batch, dimension]</c>; mixed in pairs if the recipe says so (mixup).
/// </summary>
/// <param name="teacher">What the auxiliary loss wants; null without one.</param>
/// <param name="covered">The labels that smoothing spreads over; null for RAVDESS's.</param>
public sealed class SpeechRecordings(
    IReadOnlyList<SpeechRecording> recordings, AudioRecipe recipe, MfccFrontEnd frontEnd, TeacherFeatures? teacher = null, bool[]? covered = null)
    : IExampleSource
{
    private readonly bool[] _covered = covered ?? EmotionLabels.Mask(CorpusLabels.Ravdess.Covered);
    private readonly int _bands = recipe.Input?.Bands ?? (recipe.Augmentation.BandMasks == 0 ? 1 : throw new ArgumentException(
        "The recipe masks bands (augmentation.bandMasks), but its network sees coefficients (no input): set bandMasks to 0."));
    private readonly SpeechAugmenter _augmenter = new(recipe.Augmentation, frontEnd);

    public int Count => recordings.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var length = frontEnd.FeatureCount;
        var order = Enumerable.Range(0, recordings.Count).ToArray();
        random.Shuffle(order);
        foreach (var chunk in order.Chunk(recipe.Training.BatchSize).Where(chunk => chunk.Length > recipe.Training.BatchSize / 2))
        {
            var values = new float[chunk.Length * length];
            var targets = new float[chunk.Length * EmotionLabels.Count];
            var bands = new float[chunk.Length * _bands];
            var taught = new float[teacher is null ? 0 : chunk.Length * teacher.Dimension];
            for (var i = 0; i < chunk.Length; i++)
            {
                var recording = recordings[chunk[i]];
                _augmenter.Write(recording.Pcm, random, values.AsSpan(i * length, length));
                _augmenter.MaskBands(random, bands.AsSpan(i * _bands, _bands));
                teacher?.Of(recording).CopyTo(taught.AsSpan(i * teacher.Dimension));
                Targets.Smooth(recording.Label, recipe.Training.LabelSmoothing, _covered, targets.AsSpan(i * EmotionLabels.Count, EmotionLabels.Count));
            }

            if (recipe.Training.Mixup > 0)
            {
                Mixup.Apply(chunk.Length, recipe.Training.Mixup, random, values, targets, taught);
            }

            List<BatchInput> inputs = [new(values, Shape(chunk.Length, frontEnd)), new(bands, [chunk.Length, 1, 1, _bands])];
            if (teacher is not null)
            {
                inputs.Add(new BatchInput(taught, [chunk.Length, teacher.Dimension]));
            }

            yield return new Batch(chunk.Length, inputs, targets);
        }
    }

    /// <summary>The recordings unchanged, in order, through the front end alone.</summary>
    public static IEnumerable<Batch> Plain(IReadOnlyList<SpeechRecording> recordings, MfccFrontEnd frontEnd, int batchSize)
    {
        foreach (var chunk in recordings.Chunk(batchSize))
        {
            var values = new float[chunk.Length * frontEnd.FeatureCount];
            for (var i = 0; i < chunk.Length; i++)
            {
                frontEnd.WriteWindow(chunk[i].Pcm, values.AsSpan(i * frontEnd.FeatureCount, frontEnd.FeatureCount));
            }

            yield return new Batch(chunk.Length, [new BatchInput(values, Shape(chunk.Length, frontEnd))], []);
        }
    }

    private static long[] Shape(int batch, MfccFrontEnd frontEnd) => [batch, 1, frontEnd.Spec.Frames, frontEnd.Spec.Coefficients];
}
