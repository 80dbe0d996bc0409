using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Training.Networks;

/// <summary>The shape of the network over the face frames of a window.</summary>
/// <param name="Input">Length of a face frame's embedding.</param>
/// <param name="Hidden">Length of the sequence's embedding.</param>
/// <param name="Classes">Number of logits.</param>
/// <param name="Dropout">Of the frames' and of the sequence's embedding, when training.</param>
public sealed record SequenceNetworkSpec(int Input, int Hidden, int Classes, double Dropout);

/// <summary>
/// Embeddings of face frames in temporal order <c>[batch, time, input]</c>, padded behind, and their lengths <c>[batch]</c> -> LSTM
/// (Hochreiter and Schmidhuber 1997) -> logits <c>[batch, classes]</c> and embedding <c>[batch, hidden]</c>, the state after the last
/// face frame. The LSTM runs forward only, so padding cannot reach what is read.
/// </summary>
public sealed class SequenceNetwork : Module<Tensor, Tensor, (Tensor Logits, Tensor Embedding)>
{
    private readonly Dropout _dropout;

    public SequenceNetwork(SequenceNetworkSpec spec) : base(nameof(SequenceNetwork))
    {
        Spec = spec;
        Recurrent = LSTM(spec.Input, spec.Hidden, batchFirst: true);
        Classifier = Linear(spec.Hidden, spec.Classes);
        _dropout = Dropout(spec.Dropout);
        register_module("recurrent", Recurrent);
        register_module("classifier", Classifier);
        register_module("dropout", _dropout);
        KeepFirst(spec.Hidden);
    }

    public SequenceNetworkSpec Spec { get; }
    public LSTM Recurrent { get; }
    public Linear Classifier { get; }

    /// <param name="frames">[batch, time, input]; what lies behind a sequence's length is ignored.</param>
    /// <param name="lengths">[batch], integers from 1 to time.</param>
    public override (Tensor Logits, Tensor Embedding) forward(Tensor frames, Tensor lengths)
    {
        var (states, _, _) = Recurrent.call(_dropout.call(frames));
        var last = (lengths.to(int64) - 1).view(-1, 1, 1).expand(-1, 1, Spec.Hidden);
        var embedding = states.gather(1, last).squeeze(1);
        return (Classifier.call(_dropout.call(embedding)), embedding);
    }

    /// <summary>Jozefowicz et al. 2015: a forget gate that begins open remembers from the start. Gates lie in the order input, forget, cell, output.</summary>
    private void KeepFirst(long hidden)
    {
        using var _ = no_grad();
        using var gates = Recurrent.named_parameters().Single(p => p.name == "bias_ih_l0").parameter.narrow(0, hidden, hidden);
        gates.fill_(1);
    }
}
