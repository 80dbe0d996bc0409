using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Recipes;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>
/// MFCC <c>[batch, 1, frames, coefficients]</c> to logits and embedding: the picture that the recipe asks for (see
/// <see cref="CepstralPicture"/>), then a network of pictures.
/// </summary>
public sealed class SpeechNetwork : Module<Tensor, (Tensor Logits, Tensor Embedding)>
{
    private readonly Tensor? _matrix;
    private readonly SpeechInputSpec? _input;

    public SpeechNetwork(AudioRecipe recipe, MfccSpec spec) : base(nameof(SpeechNetwork))
    {
        _input = recipe.Input;
        if (_input is not null)
        {
            _matrix = tensor(CepstralPicture.Matrix(spec, _input.Bands), [spec.Coefficients, _input.Bands]);
            register_buffer("cepstrum", _matrix);
        }

        Body = NetworkFactory.Spec(recipe.Network, recipe.Stem, _input is { Centred: true } ? 2 : 1, EmotionLabels.Count, recipe.Dropout)
            .Create(Precision.Of(recipe.Training.Precision));
        register_module("body", Body);
        if (recipe.Teacher is { } spoken)
        {
            Teacher = Linear(Body.EmbeddingSize, spoken.Dimension);
            register_module("teacher", Teacher);
        }
    }

    public PictureNetwork Body { get; }

    /// <summary>
    /// When training only: from the embedding to what a frozen speech encoder (Moonshine tiny) says of the recording, pooled over time. A
    /// second thing to learn from each recording, and one that a network trained on far more speech knows (Romero et al. 2015). It is no
    /// part of the exported graph.
    /// </summary>
    public Linear? Teacher { get; }

    public override (Tensor Logits, Tensor Embedding) forward(Tensor input) => Body.call(Picture(input));

    /// <param name="features">Normalised coefficients.</param>
    /// <param name="bandMask"><c>[batch, 1, 1, bands]</c>, or 1 for all bands: 0 where a band is hidden.</param>
    public (Tensor Logits, Tensor Embedding) Masked(Tensor features, Tensor bandMask) => Body.call(Picture(features, bandMask));

    /// <summary>What the body sees of normalised coefficients: <c>[batch, 1 or 2, frames, bands]</c>.</summary>
    public Tensor Picture(Tensor features, Tensor? bandMask = null)
    {
        var picture = _matrix is null ? features : features.matmul(_matrix);
        picture = _input is { Centred: true } ? cat([picture, picture - picture.mean([2], keepdim: true)], 1) : picture;
        return bandMask is null ? picture : picture * bandMask;
    }
}
