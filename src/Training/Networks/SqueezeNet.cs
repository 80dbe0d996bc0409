using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <param name="Stem">Of the first convolution, to 64 channels; as published <c>conv3x3-stride2-pool</c>.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the embedding, when training.</param>
public sealed record SqueezeNetSpec(string Stem, int Classes, double Dropout) : PictureNetworkSpec(Stem, Classes, Dropout)
{
    /// <summary>Channels of the fire modules: squeezed, then of each of the two expansions.</summary>
    internal static readonly (int Squeeze, int Expand)[] Fires =
        [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)];

    /// <summary>Fire modules that a pool halves the resolution after.</summary>
    internal static readonly int[] PoolsAfter = [1, 3];

    public override int EmbeddingSize => 2 * Fires[^1].Expand;

    public override PictureNetwork Create(ScalarType precision) => new SqueezeNet(this, precision);
}

/// <summary>
/// SqueezeNet 1.1 (Iandola et al. 2016) with batch norm after each convolution, as the other networks have it. Its last 1x1
/// convolution and the mean over places that follows are the linear classifier over the mean, without the relu between them.
/// </summary>
public sealed class SqueezeNet : PictureNetwork
{
    public const int StemChannels = 64;

    public SqueezeNet(SqueezeNetSpec spec, ScalarType precision = ScalarType.Float32)
        : this(spec, precision, ConvNorm.Stem(spec, StemChannels, precision), FiresOf(precision))
    {
    }

    private SqueezeNet(SqueezeNetSpec spec, ScalarType precision, ConvNorm stem, ModuleList<FireModule> fires)
        : base(nameof(SqueezeNet), spec, precision, ("stem", stem), ("fires", fires)) =>
        (Spec, Stem, Fires, Pools) = (spec, stem, fires, StemSpec.Parse(spec.Stem).Pools);

    public SqueezeNetSpec Spec { get; }
    public ConvNorm Stem { get; }
    public ModuleList<FireModule> Fires { get; }

    /// <summary>Whether a pool follows the stem.</summary>
    public bool Pools { get; }

    protected override Tensor Features(Tensor input)
    {
        var x = Stem.call(input).relu();
        if (Pools)
        {
            x = Halved(x);
        }

        for (var i = 0; i < Fires.Count; i++)
        {
            x = Fires[i].call(x);
            if (SqueezeNetSpec.PoolsAfter.Contains(i))
            {
                x = Halved(x);
            }
        }

        return x;
    }

    private static ModuleList<FireModule> FiresOf(ScalarType precision)
    {
        var inputs = SqueezeNetSpec.Fires.Select(fire => 2 * fire.Expand).Prepend(StemChannels);
        return ModuleList([.. SqueezeNetSpec.Fires.Zip(
            inputs, (fire, input) => new FireModule(input, fire.Squeeze, fire.Expand, precision))]);
    }
}

/// <summary>1x1 convolution to few channels, then a 1x1 and a 3x3 convolution of those, side by side.</summary>
public sealed class FireModule : Module<Tensor, Tensor>
{
    public FireModule(long input, long squeeze, long expand, ScalarType precision) : base(nameof(FireModule))
    {
        Squeeze = new ConvNorm(input, squeeze, kernel: 1, stride: 1, precision);
        Narrow = new ConvNorm(squeeze, expand, kernel: 1, stride: 1, precision);
        Wide = new ConvNorm(squeeze, expand, kernel: 3, stride: 1, precision);
        register_module("squeeze", Squeeze);
        register_module("narrow", Narrow);
        register_module("wide", Wide);
    }

    public ConvNorm Squeeze { get; }
    public ConvNorm Narrow { get; }
    public ConvNorm Wide { get; }

    public override Tensor forward(Tensor input)
    {
        var squeezed = Squeeze.call(input).relu();
        return cat([Narrow.call(squeezed), Wide.call(squeezed)], 1).relu();
    }
}
