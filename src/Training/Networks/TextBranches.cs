using Emotion.Features.Words;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>
/// Pieces <c>[batch, time]</c> -> vectors, the given beside the learned ones -> LSTM in both directions (Graves and Schmidhuber 2005) -> mean and largest value
/// over time -> one hidden layer with ReLU, the embedding.
/// </summary>
public sealed class TextSequence : Module<Tensor, Tensor>
{
    private readonly Dropout _dropout;

    public TextSequence(TextNetworkSpec spec) : base(nameof(TextSequence))
    {
        Vectors = Embedding(spec.Pieces, spec.Width, WordPieces.Padding);
        Recurrent = LSTM(spec.Given + spec.Width, spec.Recurrent, batchFirst: true, bidirectional: true);
        Hidden = Linear(4L * spec.Recurrent, spec.Embedding);
        _dropout = Dropout(spec.Dropout);
        register_module("vectors", Vectors);
        register_module("recurrent", Recurrent);
        register_module("hidden", Hidden);
        register_module("dropout", _dropout);
        if (spec.Given > 0)
        {
            Given = zeros(spec.Pieces, spec.Given);
            register_buffer("given", Given);
        }

        TextBag.Shorten(Vectors); // Vectors of length 1 and more would saturate the gates from the start.
    }

    /// <summary>[pieces, width], not learned; null where nothing is given.</summary>
    public Tensor? Given { get; }

    public Embedding Vectors { get; }
    public LSTM Recurrent { get; }
    public Linear Hidden { get; }

    public override Tensor forward(Tensor pieces)
    {
        var learned = Vectors.call(pieces);
        var vectors = Given is null ? learned : cat([functional.embedding(pieces, Given), learned], 2);
        var (states, _, _) = Recurrent.call(_dropout.call(vectors));
        return Hidden.call(_dropout.call(cat([states.mean([1]), states.amax([1])], 1))).relu();
    }
}

/// <summary>
/// Pieces <c>[batch, time]</c> -> at each place the vector of the piece plus that of the pair that it is with the next one -> mean and largest value over time
/// (Joulin et al. 2017 take the mean). Pairs share a table: which row is theirs, two products and a remainder say.
/// </summary>
public sealed class TextBag : Module<Tensor, Tensor>
{
    /// <summary>The row of a pair is (left · <see cref="Left"/> + right · <see cref="Right"/>) mod rows; behind the last piece there is padding.</summary>
    public const long Left = 40_503, Right = 9_973;

    private readonly int _rows;

    public TextBag(TextNetworkSpec spec) : base(nameof(TextBag))
    {
        _rows = spec.Pairs;
        Vectors = Embedding(spec.Pieces, spec.BagWidth, WordPieces.Padding);
        Pairs = Embedding(spec.Pairs, spec.BagWidth);
        register_module("vectors", Vectors);
        register_module("pairs", Pairs);
        Shorten(Vectors);
        using var _ = no_grad();
        Pairs.weight.zero_(); // A pair that no training text has says nothing.
    }

    public Embedding Vectors { get; }
    public Embedding Pairs { get; }

    public override Tensor forward(Tensor pieces)
    {
        var here = Vectors.call(pieces) + Pairs.call(Rows(pieces));
        return cat([here.mean([1]), here.amax([1])], 1);
    }

    internal static void Shorten(Embedding vectors)
    {
        using var _ = no_grad();
        vectors.weight.mul_(0.1);
    }

    // In whole numbers throughout: double precision holds all of them, and a quotient is cut, not rounded.
    private Tensor Rows(Tensor pieces)
    {
        var next = functional.pad(pieces, [0, 1]).narrow(1, 1, pieces.shape[1]);
        var sum = pieces * Left + next * Right;
        return sum - (sum.to(float64) / (double)_rows).to(int64) * (long)_rows;
    }
}
