using Emotion.Features;
using Emotion.Features.Words;
using Emotion.Training.Datasets;
using Emotion.Training.Networks;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>A text as numbers of pieces, with its labels.</summary>
public sealed record EncodedText(int[] Pieces, LabelledText Text)
{
    /// <param name="texts">Texts without a single piece are left out: there is nothing to learn from them.</param>
    public static IReadOnlyList<EncodedText> Of(IEnumerable<LabelledText> texts, WordPieces pieces, int maximum)
    {
        var numbers = new int[maximum];
        return [.. texts.Select(text => new EncodedText(numbers[..pieces.Encode(text.Text, numbers)], text)).Where(text => text.Pieces.Length > 0)];
    }
}

/// <summary>
/// Labelled texts as batches <c>pieces</c> <c>[batch, time]</c>. Texts of a batch have the same number of pieces, so that no padding is read.
/// Targets are, for each label: 1 where the text carries it; the probability that it is the one label; 1 where the text has a label of GoEmotions' own; and
/// which of these count.
/// </summary>
public sealed class LabelledTexts(IReadOnlyList<EncodedText> texts, TextRecipe recipe) : IExampleSource
{
    private const int Labels = EmotionLabels.Count, Fine = GoEmotions.FineLabels;

    /// <summary>Of a text's targets: each label, the one label, GoEmotions' own labels; whether there is an each, whether there is a one.</summary>
    public const int Columns = 2 * Labels + Fine + 2;

    public int Count => texts.Count;

    public IEnumerable<Batch> Epoch(int epoch, Random random)
    {
        var order = texts.ToArray();
        random.Shuffle(order);
        var batches = order.GroupBy(text => text.Pieces.Length).SelectMany(same => same.Chunk(recipe.Training.BatchSize)).ToArray();
        random.Shuffle(batches);
        foreach (var batch in batches)
        {
            yield return Batched(batch, number => random.NextDouble() < recipe.PieceDropout ? WordPieces.Unknown : number, recipe.Training.LabelSmoothing);
        }
    }

    /// <summary>The texts unchanged, in an order that <paramref name="order"/> tells: place by place the text's number.</summary>
    public static IReadOnlyList<Batch> Plain(IReadOnlyList<EncodedText> texts, int batchSize, out int[] order)
    {
        var chunks = Enumerable.Range(0, texts.Count).GroupBy(i => texts[i].Pieces.Length).SelectMany(same => same.Chunk(batchSize)).ToList();
        order = [.. chunks.SelectMany(chunk => chunk)];
        return [.. chunks.Select(chunk => Batched([.. chunk.Select(i => texts[i])], number => number, smoothing: 0))];
    }

    /// <summary>
    /// Binary cross entropy of each label, cross entropy of the one label, and binary cross entropy of GoEmotions' own labels, each over the texts that have such a target.
    /// </summary>
    /// <param name="answer">Logits; in the one label's, uncovered labels are masked.</param>
    /// <param name="targets">As of a batch.</param>
    /// <param name="oneWeight">Of the second against the first.</param>
    /// <param name="fineWeight">Of the third against the first.</param>
    public static Tensor Loss(TextAnswer answer, Tensor targets, double oneWeight, double fineWeight)
    {
        var (hasEach, hasOne) = (targets.narrow(1, Columns - 2, 1), targets.narrow(1, Columns - 1, 1));
        var each = Binary(answer.Each, targets.narrow(1, 0, Labels)) * hasEach;
        var one = (nn.functional.log_softmax(answer.One, 1) * targets.narrow(1, Labels, Labels)).sum(1, keepdim: true) * -1 * hasOne;
        var fine = Binary(answer.Fine, targets.narrow(1, 2 * Labels, Fine)) * hasEach;
        return (each + one * oneWeight + fine * fineWeight).mean();
    }

    // ln(1 + e^x) - x y, written so that no exponential overflows.
    private static Tensor Binary(Tensor logits, Tensor carried) =>
        (logits.relu() - logits * carried + ((-logits.abs()).exp() + 1).log()).sum(1, keepdim: true);

    private static Batch Batched(IReadOnlyList<EncodedText> texts, Func<int, int> shown, double smoothing)
    {
        var time = texts[0].Pieces.Length;
        var (pieces, targets) = (new float[texts.Count * time], new float[texts.Count * Columns]);
        for (var row = 0; row < texts.Count; row++)
        {
            for (var step = 0; step < time; step++)
            {
                pieces[row * time + step] = shown(texts[row].Pieces[step]);
            }

            Target(texts[row].Text, smoothing, targets.AsSpan(row * Columns, Columns));
        }

        return new Batch(texts.Count, [new BatchInput(pieces, [texts.Count, time])], targets);
    }

    private static void Target(LabelledText text, double smoothing, Span<float> target)
    {
        foreach (var label in text.Labels)
        {
            target[label] = 1;
        }

        // Somebody who gives one label to each text says nothing of the others that it may carry.
        target[Columns - 2] = text.Corpus == CorpusLabels.GoEmotions ? 1 : 0;
        foreach (var fine in text.Fine)
        {
            target[2 * Labels + fine] = 1;
        }

        if (text.Labels.Count == 1)
        {
            Targets.Smooth(text.Labels[0], smoothing, EmotionLabels.Mask(text.Corpus.Covered), target.Slice(Labels, Labels));
            target[Columns - 1] = 1;
        }
    }
}
