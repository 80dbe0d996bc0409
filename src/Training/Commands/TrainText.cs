using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using Emotion.Training.Words;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Commands;

/// <summary>The network that tells emotions by words: a vocabulary of the training parts, then the network, selected on GoEmotions' dev part.</summary>
public static class TrainText
{
    /// <summary>The labels that a text corpus has: all but calm.</summary>
    public static readonly bool[] Covered = EmotionLabels.Mask(CorpusLabels.GoEmotions.Covered);

    public static void Run(DataRoot data, TextRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        var training = recipe.Corpora.SelectMany(corpus => Read(data, corpus, "train")).ToList();
        var pieces = PieceTrainer.Train(training.Select(text => text.Text), recipe.Pieces, recipe.RarestWord);
        report($"{training.Count} texts train; the vocabulary has {pieces.Count} pieces");
        Fit(training, GoEmotions.Read(data, "dev"), pieces, recipe, run, report, cancellationToken);
    }

    public static void Fit(
        IReadOnlyList<LabelledText> training, IReadOnlyList<LabelledText> selection, IReadOnlyList<string> pieces,
        TextRecipe recipe, RunFolder run, Action<string> report, CancellationToken cancellationToken)
    {
        run.WriteJson(RunFolder.RecipeName, recipe);
        File.WriteAllText(run.FilePath(WordPieces.FileName), string.Join('\n', pieces) + "\n");
        var vocabulary = new WordPieces(pieces);
        manual_seed(recipe.Training.Seed);
        using var network = NetworkOf(recipe, pieces.Count);
        using var mask = CoveredMask.Of(Covered);
        var trainee = new Trainee(network, inputs => network.call(inputs[0]).One + mask)
        {
            Loss = (inputs, targets) =>
            {
                var answer = network.call(inputs[0]);
                return LabelledTexts.Loss(answer.Each, answer.One + mask, targets, recipe.OneWeight);
            },
        };
        var selected = EncodedText.Of(selection, vocabulary, recipe.MaximumPieces);
        var batches = LabelledTexts.Plain(selected, recipe.Training.BatchSize, out var order);
        var macro = 0.0;
        new TrainingLoop(trainee, recipe.Training, run, report).Fit(
            new LabelledTexts(EncodedText.Of(training, vocabulary, recipe.MaximumPieces), recipe),
            _ =>
            {
                var (each, one) = Answers(network, mask, batches);
                var carried = order.Select(i => selected[i].Text.Labels).ToList();
                macro = TextFigures.Macro(TextFigures.F1(each, carried, TextFigures.Thresholds(each, carried)));
                report(FormattableString.Invariant($"  macro-F1 of GoEmotions' dev part {macro:P2}"));
                var single = Enumerable.Range(0, carried.Count).Where(i => carried[i].Count == 1).ToList();
                return Scores.Of([.. single.Select(i => one[i])], [.. single.Select(i => carried[i][0])], Covered);
            },
            _ => macro,
            cancellationToken);
    }

    /// <param name="pieces">How many the vocabulary has.</param>
    public static TextNetwork NetworkOf(TextRecipe recipe, int pieces) =>
        new(new TextNetworkSpec(pieces, recipe.Width, recipe.Recurrent, recipe.Embedding, recipe.Dropout));

    /// <summary>A part of a corpus in our labels.</summary>
    /// <param name="corpus"><c>goemotions</c> or <c>meld</c>.</param>
    /// <param name="part">train, dev or test.</param>
    public static IEnumerable<LabelledText> Read(DataRoot data, string corpus, string part) => corpus switch
    {
        "goemotions" => GoEmotions.Read(data, part),
        "meld" => Meld.Read(data, part).Select(utterance =>
            new LabelledText(utterance.Text, [CorpusLabels.Meld.IndexOf(utterance.Emotion)!.Value], CorpusLabels.Meld)),
        _ => throw new ArgumentException($"'{corpus}' is no corpus of texts: say goemotions or meld."),
    };

    private static (List<float[]> Each, List<float[]> One) Answers(TextNetwork network, Tensor mask, IEnumerable<Batch> batches)
    {
        var (each, one) = (new List<float[]>(), new List<float[]>());
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var answer = network.call(tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape));
            each.AddRange(answer.Each.sigmoid().data<float>().ToArray().Chunk(EmotionLabels.Count));
            one.AddRange((answer.One + mask).softmax(1).data<float>().ToArray().Chunk(EmotionLabels.Count));
        }

        return (each, one);
    }
}
