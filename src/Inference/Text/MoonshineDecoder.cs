using System.Globalization;
using System.Numerics.Tensors;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Text;

/// <summary>
/// The decoder of Moonshine, one token a run, greedy. The graph holds the first run and all later ones behind a switch:
/// <c>input_ids [1, 1]</c>, <c>encoder_hidden_states [1, frames, width]</c>, <c>use_cache_branch [1]</c> and of each layer
/// <c>past_key_values.N.(decoder|encoder).(key|value) [1, heads, time, size]</c> -> <c>logits [1, 1, tokens]</c> and the same as <c>present.N...</c>.
/// Keys and values of the sound come out of the first run; those of the text grow by one each run.
/// </summary>
public sealed class MoonshineDecoder : IDisposable
{
    private static readonly string[] Parts = ["key", "value"];

    private readonly GraphSession _graph;

    /// <param name="graph">Disposed with this.</param>
    /// <exception cref="UnservablePackageException">It is another graph.</exception>
    public MoonshineDecoder(GraphSession graph)
    {
        _graph = graph;
        Layers = graph.InputNames.Count(name => name.EndsWith(".decoder.key", StringComparison.Ordinal));
        graph.RequireInput("input_ids", -1, -1);
        Width = graph.RequireInput("encoder_hidden_states", -1, -1, -1)[2];
        graph.RequireInput("use_cache_branch", 1);
        var keys = graph.RequireInput("past_key_values.0.decoder.key", -1, -1, -1, -1);
        (Heads, Size) = (keys[1], keys[3]);
        Vocabulary = graph.RequireOutput("logits", -1, -1, -1)[2];
        if (Width <= 0 || Heads <= 0 || Size <= 0 || Vocabulary <= 0)
        {
            throw new UnservablePackageException($"Graph '{graph.Role}' must say how wide its sound, keys and logits are.");
        }

        string[] Names(string prefix, string side) => [.. Enumerable.Range(0, Layers).SelectMany(layer => Parts.Select(part =>
            string.Create(CultureInfo.InvariantCulture, $"{prefix}.{layer}.{side}.{part}")))];
        InputNames = ["input_ids", "encoder_hidden_states", "use_cache_branch", .. Names("past_key_values", "decoder"), .. Names("past_key_values", "encoder")];
        NextOutputs = ["logits", .. Names("present", "decoder")];
        FirstOutputs = [.. NextOutputs, .. Names("present", "encoder")];
    }

    internal int Layers { get; }

    internal int Heads { get; }

    /// <summary>Of a key.</summary>
    internal int Size { get; }

    /// <summary>Of a frame of encoded sound.</summary>
    public int Width { get; }

    /// <summary>How many tokens there are.</summary>
    public int Vocabulary { get; }

    internal string[] InputNames { get; }

    internal string[] FirstOutputs { get; }

    internal string[] NextOutputs { get; }

    /// <summary>Decodes encoded sound until the end token, a loop or the limit.</summary>
    /// <param name="encoded"><c>[1, frames, width]</c>.</param>
    /// <param name="memory">Of this decoder, used by nobody else at the time; its tokens are the answer.</param>
    /// <param name="maximumTokens">At most what the memory holds; the end token counts.</param>
    /// <param name="cancellationToken">Looked at before every token.</param>
    /// <returns>Sum of the logarithms of the tokens' probabilities, and over how many of them.</returns>
    public (double LogProbability, int Count) Decode(
        PooledTensor<float> encoded, DecoderMemory memory, TranscriberSpec spec, int maximumTokens, CancellationToken cancellationToken)
    {
        using var sound = new SoundMemory(this, (int)encoded.Shape[1]);
        memory.Begin(encoded, sound);
        var (sum, count, token) = (0.0, 0, spec.BeginToken);
        while (count < maximumTokens)
        {
            cancellationToken.ThrowIfCancellationRequested();
            memory.Run(_graph, token);
            (token, var logProbability) = Best(memory.Logits);
            sum += logProbability;
            count++;
            if (token == spec.EndToken)
            {
                break;
            }

            memory.Add(token);
            if (TokenLoop.Ends(memory.Tokens, spec.RepeatedTokens, out var kept))
            {
                memory.Keep(kept);
                break;
            }
        }

        return (sum, count);
    }

    public void Dispose() => _graph.Dispose();

    // Overwrites the logits. Not by TensorPrimitives.IndexOfMax: version 9.0.23 takes the first token for the largest of these logits.
    private static (int Token, double LogProbability) Best(Span<float> logits)
    {
        var best = logits.IndexOfMaximum();
        TensorPrimitives.Subtract(logits, logits[best], logits);
        TensorPrimitives.Exp<float>(logits, logits);
        return (best, -Math.Log(TensorPrimitives.Sum<float>(logits)));
    }
}
