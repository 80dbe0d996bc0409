using Emotion.Features;
using Emotion.Features.Mfcc;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
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
    }

    public PictureNetwork Body { get; }

    public override (Tensor Logits, Tensor Embedding) forward(Tensor input) => Body.call(Picture(input));

    /// <param name="features">Normalised coefficients.</param>
    /// <param name="bandMask"><c>[batch, 1, 1, bands]</c>: 0 where a band is hidden.</param>
    public (Tensor Logits, Tensor Embedding) Masked(Tensor features, Tensor bandMask) => Body.call(Picture(features, bandMask));

    private Tensor Picture(Tensor features, Tensor? bandMask = null)
    {
        if (_matrix is null)
        {
            return features;
        }

        var picture = features.matmul(_matrix);
        picture = _input!.Centred ? cat([picture, picture - picture.mean([2], keepdim: true)], 1) : picture;
        return bandMask is null ? picture : picture * bandMask;
    }
}
