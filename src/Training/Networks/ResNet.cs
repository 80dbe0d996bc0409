using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>The shape of a residual network of basic blocks (He et al. 2016).</summary>
/// <param name="Blocks">Per stage; the channels of the stages are 64, 128, 256, 512: {3, 4, 6, 3} is ResNet-34.</param>
/// <param name="Stem">
/// <c>conv7x7-stride2-pool</c> as published, or <c>conv3x3-stride2</c>, which keeps twice the resolution, for small pictures.
/// </param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the embedding, when training.</param>
public sealed record ResNetSpec(IReadOnlyList<int> Blocks, string Stem, int Classes, double Dropout)
{
    /// <summary>Channels of the picture.</summary>
    public int InputChannels { get; init; } = 1;

    public static IReadOnlyList<int> BlocksOf(string network) => network switch
    {
        "resnet18" => [2, 2, 2, 2],
        "resnet34" => [3, 4, 6, 3],
        _ => throw new ArgumentException($"'{network}' is no network: say resnet18 or resnet34."),
    };
}

/// <summary>
/// Picture <c>[batch, channels, height, width]</c> to logits <c>[batch, classes]</c> and embedding <c>[batch, 512]</c>, the mean over
/// places of the last feature map. Convolutions run in <paramref name="precision"/>; weights, sums of batch norm, embedding and logits
/// stay float32.
/// </summary>
public sealed class ResNet : Module<Tensor, (Tensor Logits, Tensor Embedding)>
{
    public const int EmbeddingSize = 512;
    private static readonly int[] Channels = [64, 128, 256, 512];
    private readonly ScalarType _precision;
    private readonly Dropout _dropout;

    public ResNet(ResNetSpec spec, ScalarType precision = ScalarType.Float32) : base(nameof(ResNet))
    {
        (Spec, _precision) = (spec, precision);
        Stem = spec.Stem switch
        {
            "conv7x7-stride2-pool" => new ConvNorm(spec.InputChannels, Channels[0], kernel: 7, stride: 2, precision),
            "conv3x3-stride2" => new ConvNorm(spec.InputChannels, Channels[0], kernel: 3, stride: 2, precision),
            _ => throw new ArgumentException($"'{spec.Stem}' is no stem: say conv7x7-stride2-pool or conv3x3-stride2."),
        };
        var blocks = new List<BasicBlock>();
        for (var (stage, channels) = (0, Channels[0]); stage < Channels.Length; channels = Channels[stage++])
        {
            for (var block = 0; block < spec.Blocks[stage]; block++)
            {
                var stride = stage > 0 && block == 0 ? 2 : 1;
                blocks.Add(new BasicBlock(block == 0 ? channels : Channels[stage], Channels[stage], stride, precision));
            }
        }

        Blocks = ModuleList([.. blocks]);
        Classifier = Linear(EmbeddingSize, spec.Classes);
        _dropout = Dropout(spec.Dropout);
        register_module("stem", Stem);
        register_module("blocks", Blocks);
        register_module("classifier", Classifier);
        register_module("dropout", _dropout);
    }

    public ResNetSpec Spec { get; }
    public ConvNorm Stem { get; }
    public ModuleList<BasicBlock> Blocks { get; }
    public Linear Classifier { get; }
    public bool Pools => Spec.Stem.EndsWith("-pool", StringComparison.Ordinal);

    public override (Tensor Logits, Tensor Embedding) forward(Tensor input)
    {
        var x = Stem.call(input.to(_precision)).relu();
        if (Pools)
        {
            x = functional.max_pool2d(x, [3], [2], [1]);
        }

        foreach (var block in Blocks)
        {
            x = block.call(x);
        }

        var embedding = x.to(ScalarType.Float32).mean([2, 3]);
        return (Classifier.call(_dropout.call(embedding)), embedding);
    }
}

/// <summary>Convolution without bias, then batch norm; for the exporter, which folds them into one.</summary>
public sealed class ConvNorm : Module<Tensor, Tensor>
{
    private readonly ScalarType _precision;

    public ConvNorm(long input, long output, long kernel, long stride, ScalarType precision) : base(nameof(ConvNorm))
    {
        _precision = precision;
        Convolution = Conv2d(input, output, kernel, stride, padding: kernel / 2, bias: false);
        Norm = BatchNorm2d(output);
        register_module("convolution", Convolution);
        register_module("norm", Norm);
        // He et al. 2015: the variance of what flows back is kept.
        using var _ = no_grad();
        Convolution.weight.normal_(0, Math.Sqrt(2.0 / (output * kernel * kernel)));
    }

    public Conv2d Convolution { get; }
    public BatchNorm2d Norm { get; }

    public override Tensor forward(Tensor input) => Norm.call(functional.conv2d(
        input, Convolution.weight.to(_precision), null, Convolution.stride, Convolution.padding, Convolution.dilation, Convolution.groups));
}

/// <summary>relu(shortcut(x) + norm(conv(relu(norm(conv(x))))))</summary>
public sealed class BasicBlock : Module<Tensor, Tensor>
{
    public BasicBlock(long input, long output, long stride, ScalarType precision) : base(nameof(BasicBlock))
    {
        First = new ConvNorm(input, output, kernel: 3, stride, precision);
        Second = new ConvNorm(output, output, kernel: 3, stride: 1, precision);
        Shortcut = stride != 1 || input != output ? new ConvNorm(input, output, kernel: 1, stride, precision) : null;
        register_module("first", First);
        register_module("second", Second);
        if (Shortcut is not null)
        {
            register_module("shortcut", Shortcut);
        }

        // Goyal et al. 2017: a block that begins as its shortcut trains faster.
        using var _ = no_grad();
        Second.Norm.weight!.zero_();
    }

    public ConvNorm First { get; }
    public ConvNorm Second { get; }
    public ConvNorm? Shortcut { get; }

    public override Tensor forward(Tensor input)
    {
        var shortcut = Shortcut?.call(input) ?? input;
        return Second.call(First.call(input).relu()).add_(shortcut).relu();
    }
}
