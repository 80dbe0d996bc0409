using Emotion.Features;
using Emotion.Training.Datasets;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>The shape of the network over the pieces of a text.</summary>
/// <param name="Pieces">Of the vocabulary.</param>
/// <param name="Given">Width of the vectors that pieces have before training and keep; 0 for none.</param>
/// <param name="Width">Of a piece's own vector, which is learned.</param>
/// <param name="Readers">LSTMs, each a branch of its own; 0 for none.</param>
/// <param name="Recurrent">Width of an LSTM's state, of each direction.</param>
/// <param name="Embedding">Length of what an LSTM's branch makes of a text.</param>
/// <param name="BagWidth">Of the vectors of the bag; 0 for no bag.</param>
/// <param name="Pairs">Vectors that pairs of pieces share.</param>
/// <param name="Dropout">Of pieces' vectors, of what is pooled, and of the embedding, when training.</param>
public sealed record TextNetworkSpec(
    int Pieces, int Given, int Width, int Readers, int Recurrent, int Embedding, int BagWidth, int Pairs, double Dropout);

/// <summary>What the network says of texts.</summary>
/// <param name="Each">[batch, labels]: of each label by itself, for a sigmoid; a text may carry several.</param>
/// <param name="One">[batch, labels]: of the one label that a text carries most, for a softmax.</param>
/// <param name="Fine">[batch, 28]: of GoEmotions' own labels; they teach, and are told by nobody.</param>
/// <param name="Embedding">[batch, embedding].</param>
public sealed record TextAnswer(Tensor Each, Tensor One, Tensor Fine, Tensor Embedding);

/// <summary>
/// Numbers of pieces <c>[batch, time]</c>, all of the same length and so without padding, to the mean answer of branches that learn apart: some that read the text
/// in order (<see cref="TextSequence"/>), and one that counts pieces and pairs of them (<see cref="TextBag"/>). They err on other texts. Either kind may be absent.
/// </summary>
public sealed class TextNetwork : Module<Tensor, TextAnswer>
{
    private readonly List<(Module<Tensor, Tensor> Branch, TextHeads Heads)> _branches = [];
    private readonly Dropout _dropout;

    public TextNetwork(TextNetworkSpec spec) : base(nameof(TextNetwork))
    {
        Spec = spec;
        _dropout = Dropout(spec.Dropout);
        register_module("dropout", _dropout);
        Sequences = [.. Enumerable.Range(0, spec.Readers).Select(_ => new TextSequence(spec))];
        for (var reader = 0; reader < Sequences.Count; reader++)
        {
            Add($"sequence_{reader}", Sequences[reader], spec.Embedding);
        }

        if (spec.BagWidth > 0)
        {
            Bag = new TextBag(spec);
            Add("bag", Bag, 2 * spec.BagWidth);
        }

        if (_branches.Count == 0)
        {
            throw new ArgumentException("A network over texts has an LSTM or a bag, or both: say how many readers, or a width of the bag.", nameof(spec));
        }
    }

    public TextNetworkSpec Spec { get; }
    public IReadOnlyList<TextSequence> Sequences { get; }
    public TextBag? Bag { get; }

    public int EmbeddingLength => _branches.Sum(branch => branch.Heads.Length);

    /// <param name="pieces">[batch, time], integers of any type.</param>
    /// <returns>What each branch says by itself.</returns>
    public IReadOnlyList<TextAnswer> Branches(Tensor pieces)
    {
        var numbers = pieces.to(int64);
        return [.. _branches.Select(branch =>
        {
            var embedding = branch.Branch.call(numbers);
            return branch.Heads.Answer(_dropout.call(embedding), embedding);
        })];
    }

    public override TextAnswer forward(Tensor pieces)
    {
        var answers = Branches(pieces);
        Tensor Mean(Func<TextAnswer, Tensor> of) => stack(answers.Select(of)).mean([0]);
        return new TextAnswer(
            Mean(answer => answer.Each), Mean(answer => answer.One), Mean(answer => answer.Fine), cat([.. answers.Select(answer => answer.Embedding)], 1));
    }

    /// <summary>The mean of the branches' heads, as one layer over their embeddings side by side.</summary>
    /// <param name="head">Which of them.</param>
    public Linear Joined(Func<TextHeads, Linear> head)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var heads = _branches.Select(branch => head(branch.Heads)).ToList();
        var joined = Linear(EmbeddingLength, EmotionLabels.Count);
        joined.weight.copy_(cat([.. heads.Select(one => (Tensor)one.weight)], 1) / heads.Count);
        joined.bias!.copy_(stack(heads.Select(one => (Tensor)one.bias!)).mean([0]));
        return joined;
    }

    private void Add(string name, Module<Tensor, Tensor> branch, int length)
    {
        var heads = new TextHeads(length);
        _branches.Add((branch, heads));
        register_module(name, branch);
        register_module(name + "_heads", heads);
    }
}

/// <summary>Three linear layers over a branch's embedding.</summary>
public sealed class TextHeads : Module
{
    public TextHeads(int length) : base(nameof(TextHeads))
    {
        Length = length;
        (Each, One, Fine) = (Linear(length, EmotionLabels.Count), Linear(length, EmotionLabels.Count), Linear(length, GoEmotions.FineLabels));
        register_module("each", Each);
        register_module("one", One);
        register_module("fine", Fine);
    }

    public int Length { get; }
    public Linear Each { get; }
    public Linear One { get; }
    public Linear Fine { get; }

    internal TextAnswer Answer(Tensor dropped, Tensor embedding) => new(Each.call(dropped), One.call(dropped), Fine.call(dropped), embedding);
}
