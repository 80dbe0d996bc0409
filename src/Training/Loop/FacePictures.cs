using System.Numerics.Tensors;
using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>Labelled face pictures as batches <c>[batch, 1, size, size]</c>, at the size that the recipe has for the epoch.</summary>
/// <param name="pictures">In any order.</param>
/// <param name="recipe">How they are changed.</param>
/// <param name="covered">Labels that the corpus can show.</param>
/// <param name="taught">A teacher's posterior of each picture, where the recipe has one.</param>
public sealed class FacePictures(IReadOnlyList<FacePicture> pictures, VideoRecipe recipe, bool[] covered, IReadOnlyList<float[]>? taught = null) : IExampleSource
{
    private readonly FaceAligner _aligner = new(recipe.FaceFrame);

    public int Count => pictures.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var (_, size, strength) = recipe.StageAt(epoch);
        var augmenter = new PictureAugmenter(recipe.Augmentation.Scaled(strength), _aligner);
        var order = Enumerable.Range(0, pictures.Count).ToArray();
        random.Shuffle(order);
        // A last batch of a picture or two would upset the batch statistics; its pictures come again in the next epoch.
        foreach (var chunk in order.Chunk(recipe.Training.BatchSize).Where(chunk => chunk.Length > recipe.Training.BatchSize / 2))
        {
            var values = new float[chunk.Length * size * size];
            var targets = new float[chunk.Length * EmotionLabels.Count];
            for (var i = 0; i < chunk.Length; i++)
            {
                var picture = pictures[chunk[i]];
                augmenter.Write(picture.Gray, size, random, values.AsSpan(i * size * size, size * size));
                var target = targets.AsSpan(i * EmotionLabels.Count, EmotionLabels.Count);
                Targets.Smooth(picture.Label, recipe.Training.LabelSmoothing, covered, target);
                if (taught is not null)
                {
                    TensorPrimitives.Lerp(target, taught[chunk[i]], (float)recipe.Distillation!.Share, target);
                }
            }

            yield return new Batch(chunk.Length, [new BatchInput(values, [chunk.Length, 1, size, size])], targets);
        }
    }

    /// <summary>The pictures unchanged, in order, as the epoch's size; for selection.</summary>
    public static IEnumerable<Batch> Plain(IReadOnlyList<FacePicture> pictures, VideoRecipe recipe, int size, int batchSize)
    {
        var augmenter = new PictureAugmenter(recipe.Augmentation, new FaceAligner(recipe.FaceFrame));
        foreach (var chunk in pictures.Chunk(batchSize))
        {
            var values = new float[chunk.Length * size * size];
            for (var i = 0; i < chunk.Length; i++)
            {
                augmenter.WritePlain(chunk[i].Gray, size, values.AsSpan(i * size * size, size * size));
            }

            yield return new Batch(chunk.Length, [new BatchInput(values, [chunk.Length, 1, size, size])], []);
        }
    }
}
