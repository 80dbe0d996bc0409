using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>The shape of a residual network (He et al. 2016; with groups Xie et al. 2017).</summary>
/// <param name="Blocks">Per stage; the channels of the stages are 64, 128, 256, 512: {3, 4, 6, 3} is ResNet-34.</param>
/// <param name="Stem">See <see cref="StemSpec"/>.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the embedding, when training.</param>
public sealed record ResNetSpec(IReadOnlyList<int> Blocks, string Stem, int Classes, double Dropout)
    : PictureNetworkSpec(Stem, Classes, Dropout)
{
    internal static readonly int[] Channels = [64, 128, 256, 512];

    /// <summary>How its blocks are; null for basic blocks of two 3x3 convolutions.</summary>
    public BottleneckSpec? Bottleneck { get; init; }

    public override int EmbeddingSize => Outputs(Channels.Length - 1);

    public override PictureNetwork Create(ScalarType precision) => new ResNet(this, precision);

    /// <summary>Channels that a stage gives.</summary>
    internal int Outputs(int stage) => Channels[stage] * (Bottleneck is null ? 1 : BottleneckSpec.Expansion);
}

/// <summary>Blocks of 1x1, 3x3 and 1x1 convolutions, whose outputs are four times as many as their stage's channels.</summary>
/// <param name="Groups">Of the 3x3 convolution: 1 for ResNet, 32 for ResNeXt-50 32x4d.</param>
/// <param name="GroupWidth">Channels of each group in the first stage, twice as many in each stage after it: 64, and 4.</param>
public sealed record BottleneckSpec(int Groups, int GroupWidth)
{
    public const int Expansion = 4;

    internal int Width(int stage) => ResNetSpec.Channels[stage] / ResNetSpec.Channels[0] * GroupWidth * Groups;
}

/// <summary>A stem, four stages of residual blocks, each but the first at half the resolution of the one before.</summary>
public sealed class ResNet : PictureNetwork
{
    public ResNet(ResNetSpec spec, ScalarType precision = ScalarType.Float32)
        : this(spec, precision, ConvNorm.Stem(spec, ResNetSpec.Channels[0], precision), BlocksOf(spec, precision))
    {
    }

    private ResNet(ResNetSpec spec, ScalarType precision, ConvNorm stem, ModuleList<ResidualBlock> blocks)
        : base(nameof(ResNet), spec, precision, ("stem", stem), ("blocks", blocks)) =>
        (Spec, Stem, Blocks, Pools) = (spec, stem, blocks, StemSpec.Parse(spec.Stem).Pools);

    public ResNetSpec Spec { get; }
    public ConvNorm Stem { get; }
    public ModuleList<ResidualBlock> Blocks { get; }

    /// <summary>Whether a pool follows the stem.</summary>
    public bool Pools { get; }

    protected override Tensor Features(Tensor input)
    {
        var x = Stem.call(input).relu();
        if (Pools)
        {
            x = Halved(x);
        }

        foreach (var block in Blocks)
        {
            x = block.call(x);
        }

        return x;
    }

    private static ModuleList<ResidualBlock> BlocksOf(ResNetSpec spec, ScalarType precision)
    {
        var blocks = new List<ResidualBlock>();
        var channels = ResNetSpec.Channels[0];
        for (var stage = 0; stage < ResNetSpec.Channels.Length; stage++)
        {
            for (var block = 0; block < spec.Blocks[stage]; block++)
            {
                var stride = stage > 0 && block == 0 ? 2 : 1;
                blocks.Add(spec.Bottleneck is { } shape
                    ? ResidualBlock.Bottleneck(channels, shape.Width(stage), spec.Outputs(stage), stride, shape.Groups, precision)
                    : ResidualBlock.Basic(channels, spec.Outputs(stage), stride, precision));
                channels = spec.Outputs(stage);
            }
        }

        return ModuleList([.. blocks]);
    }
}

/// <summary>relu(shortcut(x) + path(x)), the path two or three convolutions with norms, relu between them.</summary>
public sealed class ResidualBlock : Module<Tensor, Tensor>
{
    private static readonly string[] Names = ["first", "second", "third"];

    private ResidualBlock(ConvNorm[] path, ConvNorm? shortcut) : base(nameof(ResidualBlock))
    {
        (Path, Shortcut) = (path, shortcut);
        for (var i = 0; i < path.Length; i++)
        {
            register_module(Names[i], path[i]);
        }

        if (shortcut is not null)
        {
            register_module("shortcut", shortcut);
        }

        // Goyal et al. 2017: a block that begins as its shortcut trains faster.
        using var _ = no_grad();
        path[^1].Norm.weight!.zero_();
    }

    /// <summary>Two 3x3 convolutions.</summary>
    public static ResidualBlock Basic(long input, long output, long stride, ScalarType precision) => new(
    [
        new ConvNorm(input, output, kernel: 3, stride, precision),
        new ConvNorm(output, output, kernel: 3, stride: 1, precision),
    ], Projection(input, output, stride, precision));

    /// <summary>1x1 to <paramref name="width"/> channels, 3x3 in groups, which also strides, 1x1 to the output.</summary>
    public static ResidualBlock Bottleneck(long input, long width, long output, long stride, long groups, ScalarType precision) => new(
    [
        new ConvNorm(input, width, kernel: 1, stride: 1, precision),
        new ConvNorm(width, width, kernel: 3, stride, precision, groups),
        new ConvNorm(width, output, kernel: 1, stride: 1, precision),
    ], Projection(input, output, stride, precision));

    public IReadOnlyList<ConvNorm> Path { get; }
    public ConvNorm? Shortcut { get; }

    public override Tensor forward(Tensor input)
    {
        var shortcut = Shortcut?.call(input) ?? input;
        var x = Path[0].call(input);
        for (var i = 1; i < Path.Count; i++)
        {
            x = Path[i].call(x.relu());
        }

        return x.add_(shortcut).relu();
    }

    private static ConvNorm? Projection(long input, long output, long stride, ScalarType precision) =>
        stride != 1 || input != output ? new ConvNorm(input, output, kernel: 1, stride, precision) : null;
}
