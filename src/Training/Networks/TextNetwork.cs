using Emotion.Features;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>The shape of the network over the pieces of a text.</summary>
/// <param name="Pieces">Of the vocabulary.</param>
/// <param name="Width">Of a piece's vector.</param>
/// <param name="Recurrent">Width of the LSTM's state, of each direction.</param>
/// <param name="Embedding">Length of the text's embedding.</param>
/// <param name="Dropout">Of pieces' vectors, of what is pooled, and of the embedding, when training.</param>
public sealed record TextNetworkSpec(int Pieces, int Width, int Recurrent, int Embedding, double Dropout);

/// <summary>What the network says of texts.</summary>
/// <param name="Each">[batch, labels]: of each label by itself, for a sigmoid; a text may carry several.</param>
/// <param name="One">[batch, labels]: of the one label that a text carries most, for a softmax.</param>
/// <param name="Embedding">[batch, embedding].</param>
public sealed record TextAnswer(Tensor Each, Tensor One, Tensor Embedding);

/// <summary>
/// Numbers of pieces <c>[batch, time]</c>, all of the same length and so without padding, -> vectors -> LSTM in both directions (Graves and
/// Schmidhuber 2005) -> mean and largest value over time -> one hidden layer with ReLU, the embedding -> two linear heads.
/// </summary>
public sealed class TextNetwork : Module<Tensor, TextAnswer>
{
    private readonly Dropout _dropout;

    public TextNetwork(TextNetworkSpec spec) : base(nameof(TextNetwork))
    {
        Spec = spec;
        Vectors = Embedding(spec.Pieces, spec.Width, Features.Words.WordPieces.Padding);
        Recurrent = LSTM(spec.Width, spec.Recurrent, batchFirst: true, bidirectional: true);
        Hidden = Linear(4L * spec.Recurrent, spec.Embedding);
        Each = Linear(spec.Embedding, EmotionLabels.Count);
        One = Linear(spec.Embedding, EmotionLabels.Count);
        _dropout = Dropout(spec.Dropout);
        register_module("vectors", Vectors);
        register_module("recurrent", Recurrent);
        register_module("hidden", Hidden);
        register_module("each", Each);
        register_module("one", One);
        register_module("dropout", _dropout);
        using var _ = no_grad();
        using var smaller = Vectors.weight * 0.1; // Vectors of length 1 and more would saturate the gates from the start.
        Vectors.weight.copy_(smaller);
    }

    public TextNetworkSpec Spec { get; }
    public Embedding Vectors { get; }
    public LSTM Recurrent { get; }
    public Linear Hidden { get; }
    public Linear Each { get; }
    public Linear One { get; }

    /// <param name="pieces">[batch, time], integers of any type.</param>
    public override TextAnswer forward(Tensor pieces)
    {
        var (states, _, _) = Recurrent.call(_dropout.call(Vectors.call(pieces.to(int64))));
        var pooled = cat([states.mean([1]), states.amax([1])], 1);
        var embedding = Hidden.call(_dropout.call(pooled)).relu();
        var last = _dropout.call(embedding);
        return new TextAnswer(Each.call(last), One.call(last), embedding);
    }
}
