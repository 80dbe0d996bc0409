namespace Emotion.Training.Networks;

/// <summary>The networks that a recipe's <c>network</c> can name.</summary>
public static class NetworkFactory
{
    public static IReadOnlyList<string> Names { get; } = ["resnet18", "resnet34", "resnet101", "resnext50-32x4d", "vgg16", "squeezenet"];

    /// <param name="network">One of <see cref="Names"/>.</param>
    /// <param name="stem">Its first convolution: <see cref="StemSpec"/>.</param>
    /// <param name="inputChannels">Of the picture.</param>
    /// <param name="classes">Number of logits.</param>
    /// <param name="dropout">Of the embedding, when training.</param>
    /// <exception cref="ArgumentException">There is no such network.</exception>
    public static PictureNetworkSpec Spec(string network, string stem, int inputChannels, int classes, double dropout)
    {
        ResNetSpec Residual(int[] blocks, BottleneckSpec? bottleneck = null) =>
            new(blocks, stem, classes, dropout) { Bottleneck = bottleneck };
        PictureNetworkSpec spec = network switch
        {
            "resnet18" => Residual([2, 2, 2, 2]),
            "resnet34" => Residual([3, 4, 6, 3]),
            "resnet101" => Residual([3, 4, 23, 3], new BottleneckSpec(Groups: 1, GroupWidth: 64)),
            "resnext50-32x4d" => Residual([3, 4, 6, 3], new BottleneckSpec(Groups: 32, GroupWidth: 4)),
            "vgg16" => new Vgg16Spec(stem, classes, dropout),
            "squeezenet" => new SqueezeNetSpec(stem, classes, dropout),
            _ => throw new ArgumentException($"'{network}' is no network: say {string.Join(", ", Names.SkipLast(1))} or {Names[^1]}."),
        };
        return spec with { InputChannels = inputChannels };
    }
}
