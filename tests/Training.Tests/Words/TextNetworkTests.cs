using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Recipes;
using Emotion.Training.Words;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Tests.Words;

public sealed class TextNetworkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emotion-text-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(3, 2, 4)]
    [InlineData(0, 1, 4)]
    [InlineData(3, 3, 0)]
    [InlineData(0, 0, 4)]
    public void Graph_OfTheNetwork_SaysWhatTheNetworkSays(int given, int readers, int bag)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        using var network = new TextNetwork(new TextNetworkSpec(
            Pieces: 30_000, Given: given, Width: 6, Readers: readers, Recurrent: 5, Embedding: 7, BagWidth: bag, Pairs: 4099, Dropout: 0.5));
        network.eval();
        using var _ = no_grad();
        // What is given is the same for all readers.
        var vectors = randn(30_000, Math.Max(1, given));
        foreach (var sequence in network.Sequences)
        {
            sequence.Vectors.weight.normal_(0, 1);
            sequence.Given?.copy_(vectors);
        }

        network.Bag?.Vectors.weight.normal_(0, 1);
        network.Bag?.Pairs.weight.normal_(0, 1);
        long[] pieces = [3, 1, 29_999, 29_998, 7, 7, 12, 2, 4, 0, 11, 20_011];
        var answer = network.call(tensor(pieces, [2, 6]));
        using var runner = new GraphRunner(TextGraph.Write(network, new ClassifierHead(2, TrainText.Covered)), threads: 1);

        var outputs = runner.Run([("pieces", pieces, [2, 6])], "each", "posterior", "embedding");

        using var mask = CoveredMask.Of(TrainText.Covered);
        Same(answer.Each.sigmoid(), outputs[0]);
        Same(((answer.One + mask) / 2).softmax(1), outputs[1], covered: true);
        Same(answer.Embedding, outputs[2]);
    }

    [Fact]
    public void Bag_OfTheSamePieces_HearsTheirOrder()
    {
        using var scope = NewDisposeScope();
        using var network = new TextNetwork(new TextNetworkSpec(
            Pieces: 30, Given: 0, Width: 6, Readers: 0, Recurrent: 0, Embedding: 7, BagWidth: 4, Pairs: 4099, Dropout: 0));
        network.eval();
        using var _ = no_grad();
        network.Bag!.Pairs.weight.normal_(0, 1);
        float[] Of(params long[] pieces) => network.call(tensor(pieces, [1, pieces.Length])).One.data<float>().ToArray();

        Assert.NotEqual(Of(5, 9, 11), Of(9, 5, 11));
        Assert.NotEqual(Of(5), Of(5, 5));
    }

    [Fact]
    public void Recipe_FiveEpochsOfPlainWords_LosesLoss()
    {
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier") with { Vectors = "", Width = 16, Recurrent = 16, Embedding = 16, Dropout = 0 };
        recipe = recipe with
        {
            Training = recipe.Training with { Epochs = 5, BatchSize = 16, Optimizer = recipe.Training.Optimizer with { LearningRate = 0.02 } },
        };
        var texts = Enumerable.Range(0, 400).Select(i => (i % 2) switch
        {
            0 => new LabelledText(i % 4 == 0 ? "what a lovely day" : "lovely", [EmotionLabels.IndexOf("happy")], CorpusLabels.GoEmotions),
            _ => new LabelledText("this is terrible news", [EmotionLabels.IndexOf("sad")], i % 3 == 0 ? CorpusLabels.Meld : CorpusLabels.GoEmotions),
        }).ToList();
        var pieces = PieceTrainer.Train(texts.Select(text => text.Text), 100, rarest: 2);

        TrainText.Fit(texts, texts[..40], new TextVocabulary(pieces, []), recipe, new RunFolder(_folder), _ => { }, TestContext.Current.CancellationToken);

        var losses = File.ReadLines(Path.Combine(_folder, RunFolder.MetricsName)).Select(line => JsonNode.Parse(line)!["loss"]!.GetValue<double>()).ToList();
        Assert.Equal(5, losses.Count);
        Assert.True(losses[^1] < 0.5 * losses[0], string.Join(' ', losses));
        Assert.Equal(pieces.Count, WordPieces.Parse(File.ReadAllText(Path.Combine(_folder, WordPieces.FileName))).Count);
    }

    [Fact]
    public void Epoch_OfTexts_HasBatchesOfOneLengthAndEveryTextOnce()
    {
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier") with { PieceDropout = 0 };
        var texts = Enumerable.Range(1, 300).Select(i => new EncodedText(
            [.. Enumerable.Repeat(i, 1 + i % 7)], new LabelledText("", [0], CorpusLabels.Meld))).ToList();

        var batches = new LabelledTexts(texts, recipe).Epoch(0, new Random(1)).ToList();

        var seen = batches.SelectMany(batch => batch.Inputs[0].Values.Chunk((int)batch.Inputs[0].Shape[1])).ToList();
        Assert.Equal(Enumerable.Range(1, 300), seen.Select(row => (int)row[0]).Order());
        Assert.All(seen, row => Assert.Equal(1 + (int)row[0] % 7, row.Length));
    }

    [Fact]
    public void Loss_OfTextsWithOneLabelOnly_LeavesTheOthersAlone()
    {
        using var scope = NewDisposeScope();
        var targets = new float[LabelledTexts.Columns];
        (targets[2], targets[EmotionLabels.Count + 2], targets[^1]) = (1, 1, 1);

        var loss = LabelledTexts.Loss(Answer(each: 3, fine: 3), Row(targets), oneWeight: 0.5, fineWeight: 1);

        Assert.Equal(0.5 * Math.Log(EmotionLabels.Count), loss.ToDouble(), 5);
    }

    [Fact]
    public void Loss_OfEachLabel_IsItsBinaryCrossEntropy()
    {
        using var scope = NewDisposeScope();
        var targets = new float[LabelledTexts.Columns];
        (targets[0], targets[^2]) = (1, 1);
        var logits = new float[EmotionLabels.Count];
        (logits[0], logits[1]) = (-40, 40);

        var loss = LabelledTexts.Loss(Answer() with { Each = Row(logits) }, Row(targets), oneWeight: 1, fineWeight: 0);

        Assert.Equal(40 + 40 + (EmotionLabels.Count - 2) * Math.Log(2), loss.ToDouble(), 4);
    }

    [Fact]
    public void Loss_OfFineLabels_CountsThoseThatATextHas()
    {
        using var scope = NewDisposeScope();
        var text = new LabelledText("good", [2], CorpusLabels.GoEmotions) { Fine = [0, 27] };
        var recipe = RecipeFile.Read<TextRecipe>("text-classifier");
        var targets = new LabelledTexts([new EncodedText([5], text)], recipe).Epoch(0, new Random(1)).Single().Targets;
        var fine = Enumerable.Repeat(-40f, GoEmotions.FineLabels).ToArray();
        (fine[0], fine[27]) = (40, -40);

        double Loss(double weight) => LabelledTexts.Loss(Answer() with { Fine = Row(fine) }, Row(targets), oneWeight: 0, weight).ToDouble();

        Assert.Equal(40, Loss(1) - Loss(0), 3);
    }

    [Fact]
    public void Thresholds_OfEachLabel_AreThoseOfTheBestF1()
    {
        float[][] probabilities = [Row(0.9f), Row(0.8f), Row(0.7f), Row(0.2f)];
        IReadOnlyList<int>[] carried = [[0], [1], [0], [1]];

        var thresholds = TextFigures.Thresholds(probabilities, carried);
        var f1 = TextFigures.F1(probabilities, carried, thresholds);

        Assert.Equal(0.7f, thresholds[0]);
        Assert.Equal(0.8, f1[0], 6);
        Assert.True(double.IsNaN(f1[2]));
        Assert.Equal((f1[0] + f1[1]) / 2, TextFigures.Macro(f1), 6);
    }

    [Fact]
    public void SteadyThresholds_OfALabelThatIsEasilyTold_LieBetweenItsTextsAndTheOthers()
    {
        float[][] probabilities = [.. Enumerable.Range(0, 60).Select(i => Row(i < 20 ? 0.9f - i * 0.001f : 0.3f))];
        IReadOnlyList<int>[] carried = [.. Enumerable.Range(0, 60).Select(i => (IReadOnlyList<int>)(i < 20 ? [0] : [1]))];

        var thresholds = TextFigures.SteadyThresholds(probabilities, carried);

        Assert.InRange(thresholds[0], 0.88f, 0.9f);
        Assert.True(float.IsPositiveInfinity(thresholds[2]));
        Assert.Equal(thresholds, TextFigures.SteadyThresholds(probabilities, carried));
    }

    [Fact]
    public void WeightedF1_OfAConfusion_WeighsLabelsByTheirTexts()
    {
        int[][] confusion = [[3, 1], [2, 2]];

        Assert.Equal((2.0 * 3 / 9 * 4 + 2.0 * 2 / 7 * 4) / 8, TextFigures.WeightedF1(confusion), 9);
    }

    [Fact]
    public void Parse_ALineOfGoEmotions_GroupsItsLabels()
    {
        string[] names = ["admiration", "anger", "annoyance", "neutral"];

        var text = GoEmotions.Parse("You idiot, I like it\t0,1,2\teeb1", names);

        Assert.Equal([EmotionLabels.IndexOf("happy"), EmotionLabels.IndexOf("angry")], text.Labels);
        Assert.Equal([0, 1, 2], text.Fine);
        Assert.Throws<CorpusException>(() => GoEmotions.Parse("no tabs", names));
    }

    private static TextAnswer Answer(float each = 0, float fine = 0) =>
        new(full([1, EmotionLabels.Count], each), zeros(1, EmotionLabels.Count), full([1, GoEmotions.FineLabels], fine), zeros(1, 1));

    private static Tensor Row(float[] values) => tensor(values, [1, values.Length]);

    private static float[] Row(float first) => [first, 1 - first, 0, 0, 0, 0, 0, 0];

    private static void Same(Tensor expected, float[] actual, bool covered = false)
    {
        var values = expected.to(float32).data<float>().ToArray();
        Assert.Equal(values.Length, actual.Length);
        Assert.All(values.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 4));
        Assert.True(!covered || actual[1] == 0, "calm is not covered");
    }
}
