using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>Labelled recordings as batches <c>[batch, 1, frames, coefficients]</c>, in part mixed in pairs (mixup).</summary>
public sealed class SpeechRecordings(IReadOnlyList<SpeechRecording> recordings, AudioRecipe recipe, MfccFrontEnd frontEnd) : IExampleSource
{
    private static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.Ravdess.Covered);
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
            var bands = recipe.Augmentation.BandMasks > 0 && recipe.Input is { } input ? new float[chunk.Length * input.Bands] : null;
            for (var i = 0; i < chunk.Length; i++)
            {
                var recording = recordings[chunk[i]];
                _augmenter.Write(recording.Pcm, random, values.AsSpan(i * length, length));
                if (bands is not null)
                {
                    _augmenter.MaskBands(random, bands.AsSpan(i * recipe.Input!.Bands, recipe.Input.Bands));
                }

                Targets.Smooth(recording.Label, recipe.Training.LabelSmoothing, Covered, targets.AsSpan(i * EmotionLabels.Count, EmotionLabels.Count));
            }

            if (recipe.Training.Mixup > 0)
            {
                Mixup.Apply(values, targets, chunk.Length, recipe.Training.Mixup, random);
            }

            var features = new BatchInput(values, Shape(chunk.Length, frontEnd));
            yield return new Batch(
                chunk.Length, bands is null ? [features] : [features, new BatchInput(bands, [chunk.Length, 1, 1, recipe.Input!.Bands])], targets);
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
