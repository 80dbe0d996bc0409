using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>What every classifier of pictures is made by; each family adds its own.</summary>
/// <param name="Stem">The first convolution, as <see cref="StemSpec"/> spells it.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the embedding, when training.</param>
public abstract record PictureNetworkSpec(string Stem, int Classes, double Dropout)
{
    /// <summary>Channels of the picture.</summary>
    public int InputChannels { get; init; } = 1;

    /// <summary>Length of the embedding, which is the number of channels of the last feature map.</summary>
    public abstract int EmbeddingSize { get; }

    /// <summary>The network, with random weights.</summary>
    /// <exception cref="ArgumentException">The stem is none, or does not fit this network.</exception>
    public abstract PictureNetwork Create(ScalarType precision);
}

/// <summary>
/// Picture <c>[batch, channels, height, width]</c> to logits <c>[batch, classes]</c> and embedding <c>[batch, size]</c>, the mean
/// over places of the last feature map. Convolutions run in the given precision; weights, sums of batch norm, embedding and logits
/// stay float32.
/// </summary>
public abstract class PictureNetwork : Module<Tensor, (Tensor Logits, Tensor Embedding)>
{
    private readonly ScalarType _precision;
    private readonly Dropout _dropout;

    /// <param name="name">Of the family.</param>
    /// <param name="spec">Says the sizes.</param>
    /// <param name="precision">Of the convolutions.</param>
    /// <param name="parts">What makes the features, in order; registered before the classifier.</param>
    protected PictureNetwork(string name, PictureNetworkSpec spec, ScalarType precision, params (string Name, Module Value)[] parts)
        : base(name)
    {
        _precision = precision;
        foreach (var part in parts)
        {
            register_module(part.Name, part.Value);
        }

        EmbeddingSize = spec.EmbeddingSize;
        InputChannels = spec.InputChannels;
        Classifier = Linear(EmbeddingSize, spec.Classes);
        _dropout = Dropout(spec.Dropout);
        register_module("classifier", Classifier);
        register_module("dropout", _dropout);
    }

    /// <summary>Length of the embedding.</summary>
    public int EmbeddingSize { get; }
    public int InputChannels { get; }
    public Linear Classifier { get; }

    public sealed override (Tensor Logits, Tensor Embedding) forward(Tensor input)
    {
        var embedding = Features(input.to(_precision)).to(ScalarType.Float32).mean([2, 3]);
        return (Classifier.call(_dropout.call(embedding)), embedding);
    }

    /// <summary>Picture to the last feature map <c>[batch, size, height, width]</c>, both in the network's precision.</summary>
    protected abstract Tensor Features(Tensor input);

    /// <summary>Halves the sides, rounded up: maximum over 3x3 places around every second one.</summary>
    internal static Tensor Halved(Tensor input) => functional.max_pool2d(input, [3], [2], [1]);
}

/// <summary>
/// The first convolution: <c>convKxK-strideS</c>, and <c>-pool</c> if a 3x3 maximum of stride 2 follows;
/// <c>conv7x7-stride2-pool</c> is what ResNet was published with. Small pictures do better with smaller kernels and strides.
/// </summary>
public sealed record StemSpec(int Kernel, int Stride, bool Pools)
{
    public static StemSpec Parse(string stem)
    {
        foreach (var kernel in (int[])[3, 5, 7])
        {
            foreach (var stride in (int[])[1, 2])
            {
                var name = $"conv{kernel}x{kernel}-stride{stride}";
                if (stem == name || stem == name + "-pool")
                {
                    return new StemSpec(kernel, stride, stem != name);
                }
            }
        }

        throw new ArgumentException(
            $"'{stem}' is no stem: say convKxK-strideS with K 3, 5 or 7 and S 1 or 2, and -pool behind it or not, "
            + "such as conv7x7-stride2-pool or conv3x3-stride2.");
    }
}

/// <summary>Convolution without bias, then batch norm; for the exporter, which folds them into one.</summary>
public sealed class ConvNorm : Module<Tensor, Tensor>
{
    private readonly ScalarType _precision;
    private Tensor? _folded;

    public ConvNorm(long input, long output, long kernel, long stride, ScalarType precision, long groups = 1) : base(nameof(ConvNorm))
    {
        _precision = precision;
        Convolution = Conv2d(input, output, kernel, stride, padding: kernel / 2, groups: groups, bias: false);
        Norm = BatchNorm2d(output);
        register_module("convolution", Convolution);
        register_module("norm", Norm);
        // He et al. 2015: the variance of what flows back is kept.
        using var _ = no_grad();
        Convolution.weight.normal_(0, Math.Sqrt(2.0 / (output / groups * kernel * kernel)));
    }

    /// <summary>The first convolution of a network, as its spec says.</summary>
    public static ConvNorm Stem(PictureNetworkSpec spec, int output, ScalarType precision)
    {
        var stem = StemSpec.Parse(spec.Stem);
        return new ConvNorm(spec.InputChannels, output, stem.Kernel, stem.Stride, precision);
    }

    public Conv2d Convolution { get; }
    public BatchNorm2d Norm { get; }

    public override Tensor forward(Tensor input)
    {
        var x = functional.conv2d(
            input, Convolution.weight.to(_precision), null, Convolution.stride, Convolution.padding, Convolution.dilation, Convolution.groups);
        if (_folded is not null)
        {
            Unfold(x.to(ScalarType.Float32));
        }

        return Norm.call(x);
    }

    /// <summary>Takes a weight that a norm was folded into, and its bias; the norm is found again on the next pictures that come through.</summary>
    public void Adopt(Tensor weight, Tensor bias)
    {
        Convolution.weight.copy_(weight);
        _folded = bias.DetachFromDisposeScope();
    }

    // Statistics of x, and a scale and shift that undo them: in evaluation the norm then adds the bias and does nothing else.
    private void Unfold(Tensor x)
    {
        var mean = x.mean([0, 2, 3]);
        var variance = (x - mean.reshape(1, -1, 1, 1)).square().mean([0, 2, 3]);
        Norm.running_mean.copy_(mean);
        Norm.running_var.copy_(variance);
        Norm.weight!.copy_((variance + Norm.eps).sqrt());
        Norm.bias!.copy_(mean + _folded!);
        _folded!.Dispose();
        _folded = null;
    }
}
