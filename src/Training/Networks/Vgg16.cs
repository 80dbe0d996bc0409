using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <param name="Stem">Of the first convolution, to 64 channels; as published <c>conv3x3-stride1</c>. The network pools by itself.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the embedding, when training.</param>
public sealed record Vgg16Spec(string Stem, int Classes, double Dropout) : PictureNetworkSpec(Stem, Classes, Dropout)
{
    /// <summary>Channels of the 3x3 convolutions of each stage; a 2x2 maximum follows each stage.</summary>
    internal static readonly int[][] Stages = [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]];

    public override int EmbeddingSize => Stages[^1][^1];

    public override PictureNetwork Create(ScalarType precision) => new Vgg16(this, precision);
}

/// <summary>
/// VGG-16 with batch norm (Simonyan and Zisserman 2015, configuration D) for small pictures: at 48x48 the last feature map has one place,
/// so its two hidden fully connected layers, made for 7x7 places, are left out. Inputs are at least 32x32 with a stem of stride 1.
/// </summary>
public sealed class Vgg16 : PictureNetwork
{
    private const int LeastSide = 32;
    private readonly int _leastSide;

    public Vgg16(Vgg16Spec spec, ScalarType precision = ScalarType.Float32) : this(spec, precision, LayersOf(spec, precision))
    {
    }

    private Vgg16(Vgg16Spec spec, ScalarType precision, ModuleList<ConvNorm> layers)
        : base(nameof(Vgg16), spec, precision, ("layers", layers)) =>
        (Spec, Layers, _leastSide) = (spec, layers, LeastSide * StemSpec.Parse(spec.Stem).Stride);

    public Vgg16Spec Spec { get; }

    /// <summary>The convolutions of all stages, in order.</summary>
    public ModuleList<ConvNorm> Layers { get; }

    protected override Tensor Features(Tensor input)
    {
        if (input.shape[2] < _leastSide || input.shape[3] < _leastSide)
        {
            throw new ArgumentException(
                $"VGG-16 halves its input five times: {_leastSide}x{_leastSide} is the least, not {input.shape[2]}x{input.shape[3]}.");
        }

        var (x, layer) = (input, 0);
        foreach (var stage in Vgg16Spec.Stages)
        {
            for (var i = 0; i < stage.Length; i++)
            {
                x = Layers[layer++].call(x).relu();
            }

            x = functional.max_pool2d(x, [2], [2]);
        }

        return x;
    }

    private static ModuleList<ConvNorm> LayersOf(Vgg16Spec spec, ScalarType precision)
    {
        if (StemSpec.Parse(spec.Stem).Pools)
        {
            throw new ArgumentException(
                $"The stem '{spec.Stem}' does not fit VGG-16, which pools after its second convolution: say conv3x3-stride1.");
        }

        var channels = Vgg16Spec.Stages.SelectMany(stage => stage).ToArray();
        var layers = channels.Zip(channels.Skip(1), (input, output) => new ConvNorm(input, output, kernel: 3, stride: 1, precision));
        return ModuleList([ConvNorm.Stem(spec, channels[0], precision), .. layers]);
    }
}
