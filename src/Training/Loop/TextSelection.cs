using Emotion.Features;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Networks;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>What a network over texts is worth on the dev parts, after each epoch.</summary>
public sealed class TextSelection
{
    /// <summary>Of epochs that are equally good, the one that is the surer of what is true.</summary>
    private const double SurenessWeight = 0.001;

    private readonly IReadOnlyList<Batch> _batches;
    private readonly LabelledText[] _order;
    private readonly Tensor _mask;

    /// <param name="texts">Of GoEmotions, of MELD, or of both.</param>
    /// <param name="batchSize">At most.</param>
    /// <param name="mask">Takes uncovered labels out.</param>
    public TextSelection(IReadOnlyList<EncodedText> texts, int batchSize, Tensor mask)
    {
        _batches = LabelledTexts.Plain(texts, batchSize, out var order);
        _order = [.. order.Select(i => texts[i].Text)];
        _mask = mask;
    }

    /// <returns>The mean of macro-F1 on GoEmotions and weighted F1 on MELD, of those that are there; and scores of all texts of one label.</returns>
    public (double Figure, Scores Scores) Judge(TextNetwork network, Action<string> report)
    {
        var (each, one) = Answers(network);
        List<double> figures = [];
        if (Where(text => text.Corpus == CorpusLabels.GoEmotions) is { Count: > 0 } comments)
        {
            List<float[]> said = [.. comments.Select(i => each[i])];
            List<IReadOnlyList<int>> carried = [.. comments.Select(i => _order[i].Labels)];
            figures.Add(TextFigures.Macro(TextFigures.F1(said, carried, TextFigures.Thresholds(said, carried))));
            report(FormattableString.Invariant($"  macro-F1 of GoEmotions' dev part {figures[^1]:P2}"));
        }

        if (Where(text => text.Corpus == CorpusLabels.Meld) is { Count: > 0 } lines)
        {
            figures.Add(TextFigures.WeightedF1(ScoresOf(lines, one).Confusion));
            report(FormattableString.Invariant($"  weighted F1 of MELD's dev part {figures[^1]:P2}"));
        }

        var scores = ScoresOf(Where(text => text.Labels.Count == 1), one);
        return (figures.Average() - SurenessWeight * scores.Nll, scores);
    }

    private List<int> Where(Func<LabelledText, bool> condition) => [.. Enumerable.Range(0, _order.Length).Where(i => condition(_order[i]))];

    private Scores ScoresOf(List<int> chosen, List<float[]> one) =>
        Scores.Of([.. chosen.Select(i => one[i])], [.. chosen.Select(i => _order[i].Labels[0])], TrainText.Covered);

    private (List<float[]> Each, List<float[]> One) Answers(TextNetwork network)
    {
        var (each, one) = (new List<float[]>(), new List<float[]>());
        foreach (var batch in _batches)
        {
            using var scope = NewDisposeScope();
            var answer = network.call(tensor(batch.Inputs[0].Values, batch.Inputs[0].Shape));
            each.AddRange(answer.Each.sigmoid().data<float>().ToArray().Chunk(EmotionLabels.Count));
            one.AddRange((answer.One + _mask).softmax(1).data<float>().ToArray().Chunk(EmotionLabels.Count));
        }

        return (each, one);
    }
}
