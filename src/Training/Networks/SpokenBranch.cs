using Emotion.Features;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>
/// What a frozen encoder heard, pooled over time, or other numbers that no training made, <c>[batch, input]</c>, to logits and <see cref="Hidden"/> numbers: standardised by the training
/// part, one hidden layer with ReLU, one linear layer.
/// </summary>
public sealed class SpokenBranch : Module<Tensor, (Tensor Logits, Tensor Hidden)>
{
    private readonly Tensor _mean, _scale;
    private readonly Dropout _inputDropout, _dropout;

    public SpokenBranch(SecondBranchRecipe recipe) : this(2 * EncoderGraph.Width * recipe.Layers.Count, recipe.Hidden, recipe.InputDropout, recipe.Dropout)
    {
    }

    /// <param name="input">How many numbers come in.</param>
    /// <param name="recipe">Of the network behind them.</param>
    public SpokenBranch(int input, BranchRecipe recipe) : this(input, recipe.Hidden, recipe.InputDropout, recipe.Dropout)
    {
    }

    private SpokenBranch(int input, int hidden, double inputDropout, double dropout) : base(nameof(SpokenBranch))
    {
        Input = input;
        _mean = zeros(Input);
        _scale = ones(Input);
        Hidden = Linear(Input, hidden);
        Classifier = Linear(hidden, EmotionLabels.Count);
        (_inputDropout, _dropout) = (Dropout(inputDropout), Dropout(dropout));
        register_buffer("mean", _mean);
        register_buffer("scale", _scale);
        register_module("hidden", Hidden);
        register_module("classifier", Classifier);
        register_module("input_dropout", _inputDropout);
        register_module("dropout", _dropout);
    }

    public int Input { get; }
    public Linear Hidden { get; }
    public Linear Classifier { get; }

    /// <summary>Of each input over the training part, and one over its deviation.</summary>
    public Tensor Mean => _mean;
    public Tensor Scale => _scale;

    /// <param name="rows">Of the training part.</param>
    public void Standardise(IReadOnlyList<float[]> rows)
    {
        var (means, scales) = (new float[Input], new float[Input]);
        for (var i = 0; i < Input; i++)
        {
            var mean = rows.Average(row => (double)row[i]);
            means[i] = (float)mean;
            scales[i] = (float)(1 / (Math.Sqrt(rows.Average(row => (row[i] - mean) * (row[i] - mean))) + 1e-6));
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        _mean.copy_(tensor(means));
        _scale.copy_(tensor(scales));
    }

    public override (Tensor Logits, Tensor Hidden) forward(Tensor input)
    {
        var hidden = Hidden.call(_inputDropout.call((input - _mean) * _scale)).relu();
        return (Classifier.call(_dropout.call(hidden)), hidden);
    }
}
