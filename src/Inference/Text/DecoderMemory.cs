using Emotion.Inference.Sessions;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Text;

/// <summary>
/// What a decoder remembers of the text so far, in memory that is kept from one recording to the next. Keys and values lie in two places
/// that take turns: a run reads those of n tokens from one and writes those of n + 1 to the other. The tensors over them are made once.
/// </summary>
public sealed class DecoderMemory : IDisposable
{
    private readonly MoonshineDecoder _decoder;
    private readonly PooledTensor<long> _token = new(1, 1);
    private readonly PooledTensor<bool> _first = new(1), _next = new(1);
    private readonly PooledTensor<float> _logits, _nothing;
    private readonly float[][] _places;
    private readonly OrtValue[]?[] _states;
    private readonly OrtValue[] _inputs, _firstOutputs, _nextOutputs;
    private readonly int[] _tokens;
    private SoundMemory? _sound;
    private int _runs;

    /// <param name="tokens">As many as a text may have.</param>
    public DecoderMemory(MoonshineDecoder decoder, int tokens)
    {
        _decoder = decoder;
        _logits = new PooledTensor<float>(1, 1, decoder.Vocabulary);
        _nothing = new PooledTensor<float>(1, decoder.Heads, 1, decoder.Size);
        _nothing.Span.Clear();
        _first.Span[0] = false;
        _next.Span[0] = true;
        _places = [.. Enumerable.Range(0, 2 * States).Select(_ => new float[(tokens + 1) * decoder.Heads * decoder.Size])];
        _states = new OrtValue[tokens + 1][];
        _tokens = new int[tokens];
        _inputs = new OrtValue[decoder.InputNames.Length];
        _firstOutputs = new OrtValue[decoder.FirstOutputs.Length];
        _nextOutputs = new OrtValue[decoder.NextOutputs.Length];
    }

    /// <summary>The tokens so far, without those that begin and end the text.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);

    public int Count { get; private set; }

    /// <summary>Of the last run, [tokens]; whoever reads them may overwrite them.</summary>
    internal Span<float> Logits => _logits.Span;

    private int States => 2 * _decoder.Layers;

    /// <summary>Forgets the text before.</summary>
    internal void Begin(PooledTensor<float> encoded, SoundMemory sound)
    {
        (_sound, _runs, Count) = (sound, 0, 0);
        _inputs[0] = _token.Value;
        _inputs[1] = encoded.Value;
    }

    /// <summary>One run of the graph, behind which the logits of the next token are there.</summary>
    internal void Run(GraphSession graph, int token)
    {
        _token.Span[0] = token;
        var first = _runs == 0;
        var outputs = first ? _firstOutputs : _nextOutputs;
        _inputs[2] = (first ? _first : _next).Value;
        for (var i = 0; i < States; i++)
        {
            _inputs[3 + i] = first ? _nothing.Value : StatesOf(_runs)[i];
            _inputs[3 + States + i] = first ? _nothing.Value : _sound!.Values[i];
            outputs[1 + i] = StatesOf(_runs + 1)[i];
            if (first)
            {
                outputs[1 + States + i] = _sound!.Values[i];
            }
        }

        outputs[0] = _logits.Value;
        graph.Run(_decoder.InputNames, _inputs, first ? _decoder.FirstOutputs : _decoder.NextOutputs, outputs);
        _runs++;
    }

    internal void Add(int token) => _tokens[Count++] = token;

    internal void Keep(int count) => Count = count;

    public void Dispose()
    {
        foreach (var value in _states.SelectMany(states => states ?? []))
        {
            value.Dispose();
        }

        _token.Dispose();
        _first.Dispose();
        _next.Dispose();
        _logits.Dispose();
        _nothing.Dispose();
    }

    // Keys and values of so many tokens; made when a text first gets so long.
    private OrtValue[] StatesOf(int tokens)
    {
        if (_states[tokens] is { } made)
        {
            return made;
        }

        var place = tokens % 2 * States;
        long[] shape = [1, _decoder.Heads, tokens, _decoder.Size];
        var length = tokens * _decoder.Heads * _decoder.Size;
        var states = new OrtValue[States];
        for (var i = 0; i < States; i++)
        {
            states[i] = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, _places[place + i].AsMemory(0, length), shape);
        }

        return _states[tokens] = states;
    }
}

/// <summary>Keys and values of a piece of sound, for as long as it is decoded.</summary>
internal sealed class SoundMemory : IDisposable
{
    private readonly PooledTensor<float>[] _tensors;

    public SoundMemory(MoonshineDecoder decoder, int frames)
    {
        _tensors = new PooledTensor<float>[2 * decoder.Layers];
        Values = new OrtValue[_tensors.Length];
        for (var i = 0; i < _tensors.Length; i++)
        {
            _tensors[i] = new PooledTensor<float>(1, decoder.Heads, frames, decoder.Size);
            Values[i] = _tensors[i].Value;
        }
    }

    public OrtValue[] Values { get; }

    public void Dispose()
    {
        foreach (var tensor in _tensors)
        {
            tensor.Dispose();
        }
    }
}
