using Emotion.Features;
using Emotion.Features.Faces;
using Emotion.Training.Augmentation;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using TorchSharp;
using static Emotion.Training.Tests.Parity;
using static TorchSharp.torch;

namespace Emotion.Training.Tests;

/// <summary>The same weights in libtorch and, exported, in ONNX Runtime: logits differ by at most 1e-4.</summary>
public class OnnxParityTests
{
    private static readonly bool[] All = [.. Enumerable.Repeat(true, EmotionLabels.Count)];
    private static readonly bool[] Faces = EmotionLabels.Mask(CorpusLabels.Fer2013.Covered);

    [Theory]
    [InlineData("resnet18", "conv7x7-stride2-pool", 1, 60, 40)]
    [InlineData("resnet34", "conv3x3-stride2", 1, 48, 48)]
    [InlineData("resnet101", "conv7x7-stride2-pool", 1, 33, 40)]
    [InlineData("resnext50-32x4d", "conv7x7-stride2-pool", 3, 33, 40)]
    [InlineData("vgg16", "conv3x3-stride1", 1, 48, 48)]
    [InlineData("squeezenet", "conv3x3-stride2-pool", 2, 48, 35)]
    [InlineData("squeezenet", "conv3x3-stride1", 1, 24, 24)]
    public void Network_Exported_GivesTheSameLogitsAndEmbedding(string network, string stem, int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var trained = NetworkFactory.Spec(network, stem, channels, EmotionLabels.Count, 0.2).Create(ScalarType.Float32);
        Settle(trained, height, width);
        using var _ = no_grad();
        var input = randn(3, channels, height, width);
        var (logits, embedding) = trained.call(input);

        using var exported = new GraphRunner(PictureGraph.Write(trained, "x", height, width, InputView.Plain, new ClassifierHead(1, All)), threads: 1);
        var outputs = exported.Run([("x", Values(input), input.shape)], "logits", "embedding", "posterior");

        Assert.Equal([3, trained.EmbeddingSize], embedding.shape);
        Assert.True(Values(logits.narrow(0, 0, 1) - logits.narrow(0, 1, 1)).Max(Math.Abs) > 0.01, "what is seen does not reach the logits");
        Close(Values(logits), outputs[0]);
        Close(Values(embedding), outputs[1]);
        Close(Values(logits.softmax(1)), outputs[2]);
    }

    [Fact]
    public void ResNet_WithTemperatureAndUncoveredLabel_DividesLogitsAndGivesItProbabilityZero()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var trained = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0));
        trained.eval();
        using var _ = no_grad();
        var input = randn(2, 1, 24, 24);
        var expected = Values((trained.call(input).Logits + CoveredMask.Of(Faces)).div(1.7f).softmax(1));

        using var exported = new GraphRunner(PictureGraph.Write(trained, "x", 24, 24, InputView.Plain, new ClassifierHead(1.7, Faces)), threads: 1);
        var posterior = exported.Run([("x", Values(input), input.shape)], "posterior")[0];

        Close(expected, posterior);
        Assert.Equal(0, posterior[EmotionLabels.IndexOf("calm")]);
        Assert.Equal(1, posterior[..EmotionLabels.Count].Sum(), 5);
    }

    [Fact]
    public void ResNet_Mirrored_AnswersByTheMeanOverBothImages()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var trained = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0));
        trained.eval();
        using var _ = no_grad();
        var input = randn(3, 1, 24, 24);
        var (plain, flipped) = (trained.call(input), trained.call(input.flip(3)));

        using var exported = new GraphRunner(PictureGraph.Write(trained, "x", 24, 24, new InputView(null, true), new ClassifierHead(1, All)), threads: 1);
        var outputs = exported.Run([("x", Values(input), input.shape)], "logits", "embedding");

        Close(Values((plain.Logits + flipped.Logits) / 2), outputs[0]);
        Close(Values((plain.Embedding + flipped.Embedding) / 2), outputs[1]);
        Assert.NotEqual(Values(plain.Logits), outputs[0]);
    }

    [Theory]
    [InlineData(24)]
    [InlineData(32)]
    public void ResNet_SeeingASmallerCrop_SeesWhatTrainingShowed(int side)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var recipe = RecipeFile.Read<VideoRecipe>("video");
        var aligner = new FaceAligner(recipe.FaceFrame with { Equalise = false });
        var gray = new byte[FacePicture.Side * FacePicture.Side];
        new Random(5).NextBytes(gray);
        var (crop, shown) = (new float[gray.Length], new float[side * side]);
        aligner.FromCrop(gray, crop);
        new PictureAugmenter(recipe.Augmentation, aligner).WritePlain(gray, side, shown);
        var trained = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0));
        trained.eval();
        using var _ = no_grad();
        var expected = trained.call(tensor(shown, [1, 1, side, side])).Logits;

        using var exported = new GraphRunner(PictureGraph.Write(trained, "x", 48, 48, new InputView(side, false), new ClassifierHead(1, All)), threads: 1);

        Close(Values(expected), exported.Run([("x", crop, [1, 1, 48, 48])], "logits")[0]);
    }

    [Fact]
    public void Sequence_Exported_GivesTheSameForEveryLength()
    {
        using var scope = NewDisposeScope();
        manual_seed(8);
        var trained = new SequenceNetwork(new SequenceNetworkSpec(512, 128, EmotionLabels.Count, 0.3));
        trained.eval();
        using var _ = no_grad();
        int[] lengths = [1, 4, 9, 7];
        var frames = randn(lengths.Length, 9, 512);
        var (logits, embedding) = trained.call(frames, tensor(lengths));

        using var exported = new GraphRunner(SequenceGraph.Write(trained, new ClassifierHead(1, All)), threads: 1);
        var outputs = exported.Run([("frames", Values(frames), frames.shape), ("lengths", lengths, [lengths.Length])], "logits", "embedding");

        Close(Values(logits), outputs[0]);
        Close(Values(embedding), outputs[1]);
    }

    [Fact]
    public void Fusion_Exported_GivesTheSameForEverySubsetWhateverStandsInAbsentInputs()
    {
        using var scope = NewDisposeScope();
        manual_seed(9);
        var trained = new FusionNetwork(new FusionNetworkSpec([new("audio", 512, All), new("video", 128, Faces), new("text", 72, Faces)], 64, 0.5));
        Unsettle(trained);
        trained.eval();
        using var _ = no_grad();
        const int Subsets = 7;
        foreach (var subset in Enumerable.Range(1, Subsets))
        {
            trained.Share(subset, subset / 10.0);
        }

        Tensor[] embeddings = [.. trained.Spec.Modalities.Select(modality => randn(Subsets, modality.EmbeddingSize))];
        Tensor[] posteriors = [.. trained.Spec.Modalities.Select(modality => (randn(Subsets, 8) + CoveredMask.Of(modality.Covered)).softmax(1))];
        var present = tensor([.. Enumerable.Range(1, Subsets).SelectMany(bits => new[] { bits & 1, bits >> 1 & 1, bits >> 2 & 1 }).Select(there => (float)there)], [Subsets, 3]);
        var logits = trained.call(embeddings, posteriors, present);

        using var exported = new GraphRunner(FusionGraph.Write(trained, 1), threads: 1);
        double[] temperatures = [0.5, 1, 1.5, 2, 2.5, 3, 4];
        using var calibrated = new GraphRunner(FusionGraph.Write(trained, temperatures), threads: 1);
        float[] Run(float[] words, GraphRunner? graph = null) => (graph ?? exported).Run(
        [
            ("audio", Values(embeddings[0]), embeddings[0].shape), ("video", Values(embeddings[1]), embeddings[1].shape), ("text", words, embeddings[2].shape),
            ("audio_posterior", Values(posteriors[0]), [Subsets, 8]), ("video_posterior", Values(posteriors[1]), [Subsets, 8]),
            ("text_posterior", Values(posteriors[2]), [Subsets, 8]), ("present", Values(present), [Subsets, 3]),
        ], "logits")[0];

        var said = Values(embeddings[2]);
        Close(Values(logits), Run(said));
        // The subsets are the rows in their order, so each has its own temperature.
        Close([.. Values(logits).Select((logit, i) => (float)(logit / temperatures[i / 8]))], Run(said, calibrated));
        said.AsSpan(0, 3 * 72).Fill(3); // The first three subsets are without words.
        Close(Values(logits), Run(said));
    }

    [Fact]
    public void HalfWeights_Applied_HalveTheFileAndKeepLogitsWithinAHundredth()
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var trained = new ResNet(new ResNetSpec([1, 1, 1, 1], "conv3x3-stride2", EmotionLabels.Count, 0));
        trained.eval();
        using var _ = no_grad();
        var input = randn(2, 1, 24, 24);
        var whole = PictureGraph.Write(trained, "x", 24, 24, InputView.Plain, new ClassifierHead(1, All));
        var halved = HalfWeights.Apply(whole);

        Assert.InRange(halved.CalculateSize(), 0.49 * whole.CalculateSize(), 0.52 * whole.CalculateSize());
        using var full = new GraphRunner(whole, threads: 1);
        using var half = new GraphRunner(halved, threads: 1);
        var difference = full.Run([("x", Values(input), input.shape)], "logits")[0]
            .Zip(half.Run([("x", Values(input), input.shape)], "logits")[0], (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(difference, float.Epsilon, 0.01f);
    }
}
