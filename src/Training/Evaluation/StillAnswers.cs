using Emotion.Inference.Video;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Evaluation;

/// <summary>Still pictures as what the served frame network says of them, to compose sequences of.</summary>
public static class StillAnswers
{
    public static async Task<StillPool<FaceAnswer>> PoolAsync(
        VideoModel model, IReadOnlyList<FacePicture> pictures, CompositionSpec spec, int seed, CancellationToken cancellationToken)
    {
        var augmenter = new PictureAugmenter(spec.Augmentation, model.Aligner);
        var stills = new List<Still<FaceAnswer>>();
        foreach (var still in StillFaces.Of(pictures, spec, augmenter, model.Aligner.Spec.CropSize, new Random(seed)))
        {
            stills.Add(new Still<FaceAnswer>(
                still.Label,
                await ServedVideo.FramesAsync(model, still.Versions, cancellationToken),
                still.Blinks is { } blinks ? await ServedVideo.FramesAsync(model, blinks, cancellationToken) : null));
        }

        return new StillPool<FaceAnswer>(stills, spec);
    }
}
