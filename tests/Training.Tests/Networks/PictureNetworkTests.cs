using Emotion.Training.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Tests.Networks;

public class PictureNetworkTests
{
    private const int PublishedClasses = 1000;

    /// <summary>
    /// With three channels and 1000 classes each network has as many parameters as its published form: torchvision's documentation.
    /// VGG-16's is without its three fully connected layers, without the biases that its norms make void, and with our linear layer;
    /// SqueezeNet's has one more for each convolved channel, as a norm has two where a bias is one.
    /// </summary>
    [Theory]
    [InlineData("resnet18", "conv7x7-stride2-pool", 11_689_512)]
    [InlineData("resnet34", "conv7x7-stride2-pool", 21_797_672)]
    [InlineData("resnet101", "conv7x7-stride2-pool", 44_549_160)]
    [InlineData("resnext50-32x4d", "conv7x7-stride2-pool", 25_028_904)]
    [InlineData("vgg16", "conv3x3-stride1", 138_365_992 - 123_642_856 - 4_224 + 513 * PublishedClasses)]
    [InlineData("squeezenet", "conv3x3-stride2-pool", 1_235_496 + 64 + 2 * 144 * (1 + 2 + 3 + 4))]
    public void Network_AsPublished_HasThePublishedNumberOfParameters(string name, string stem, long published)
    {
        using var scope = NewDisposeScope();
        using var network = NetworkFactory.Spec(name, stem, inputChannels: 3, PublishedClasses, 0.5).Create(ScalarType.Float32);

        Assert.Equal(published, Parameters(network));
    }

    [Theory]
    [InlineData("resnet18", 512)]
    [InlineData("resnet34", 512)]
    [InlineData("resnet101", 2048)]
    [InlineData("resnext50-32x4d", 2048)]
    [InlineData("vgg16", 512)]
    [InlineData("squeezenet", 512)]
    public void Spec_OfEachNetwork_SaysTheEmbeddingSize(string name, int size)
    {
        Assert.Contains(name, NetworkFactory.Names);
        Assert.Equal(size, NetworkFactory.Spec(name, "conv3x3-stride1", 1, 8, 0).EmbeddingSize);
    }

    [Theory]
    [InlineData("resnext50-32x4d", "conv3x3-stride2", 24)]
    [InlineData("vgg16", "conv3x3-stride1", 32)]
    [InlineData("squeezenet", "conv3x3-stride1", 24)]
    public void Network_InBfloat16_TrainsFloatWeightsAndAnswersInFloat(string name, string stem, int side)
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        using var network = NetworkFactory.Spec(name, stem, inputChannels: 2, 8, 0).Create(ScalarType.BFloat16);

        var (logits, embedding) = network.call(randn(2, 2, side, side));
        logits.square().sum().backward();

        Assert.Equal((ScalarType.Float32, ScalarType.Float32), (logits.dtype, embedding.dtype));
        Assert.Equal([2, 8], logits.shape);
        Assert.All(network.named_parameters(), pair => Assert.Equal(ScalarType.Float32, pair.parameter.grad!.dtype));
    }

    [Fact]
    public void Vgg16_OfATooSmallPicture_SaysTheLeastSize()
    {
        using var scope = NewDisposeScope();
        using var network = NetworkFactory.Spec("vgg16", "conv3x3-stride1", 1, 8, 0).Create(ScalarType.Float32);

        var refusal = Assert.Throws<ArgumentException>(() => network.call(zeros(1, 1, 32, 24)));

        Assert.Contains("32x32", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet50", "conv3x3-stride2", "resnext50-32x4d")]
    [InlineData("resnet18", "conv4x4-stride2", "conv7x7-stride2-pool")]
    [InlineData("resnet18", "conv3x3-stride2-pools", "conv7x7-stride2-pool")]
    [InlineData("vgg16", "conv3x3-stride1-pool", "conv3x3-stride1")]
    public void Spec_OfAnUnknownNetworkOrStem_SaysWhatThereIs(string network, string stem, string known)
    {
        var refusal = Assert.Throws<ArgumentException>(() => NetworkFactory.Spec(network, stem, 1, 8, 0).Create(ScalarType.Float32));

        Assert.Contains(known, refusal.Message, StringComparison.Ordinal);
    }

    private static long Parameters(nn.Module module) =>
        module.parameters().Sum(parameter => parameter.numel());
}
