using System.Buffers;

namespace Emotion.Inference.Audio;

/// <summary>One sound that arrives in pieces, cut anywhere; gives what <see cref="VoiceActivity.Probabilities"/> gives for the whole.</summary>
public sealed class VoiceActivityStream : IDisposable
{
    private readonly VoiceActivity _voice;
    private readonly float[] _state;
    private readonly float[] _context;
    private readonly short[] _rest;
    private int _held;

    public VoiceActivityStream(VoiceActivity voice)
    {
        _voice = voice;
        _state = ArrayPool<float>.Shared.Rent(2 * voice.StateWidth);
        _context = ArrayPool<float>.Shared.Rent(voice.Spec.ContextSamples);
        _rest = ArrayPool<short>.Shared.Rent(voice.Spec.ChunkSamples);
        State.Clear();
        Context.Clear();
    }

    private Span<float> State => _state.AsSpan(0, 2 * _voice.StateWidth);

    private Span<float> Context => _context.AsSpan(0, _voice.Spec.ContextSamples);

    /// <summary>Chunks that <see cref="Append"/> would complete with so many samples more.</summary>
    public int ChunksWith(int samples) => (_held + samples) / _voice.Spec.ChunkSamples;

    /// <param name="samples">Any number.</param>
    /// <param name="probabilities">Of each chunk that these samples complete; <see cref="ChunksWith"/> floats at least.</param>
    /// <returns>How many were written.</returns>
    public int Append(ReadOnlySpan<short> samples, Span<float> probabilities)
    {
        var chunk = _voice.Spec.ChunkSamples;
        var count = ChunksWith(samples.Length);
        var written = 0;
        if (_held > 0 && count > 0)
        {
            var missing = chunk - _held;
            samples[..missing].CopyTo(_rest.AsSpan(_held));
            samples = samples[missing..];
            _voice.Run(_rest.AsSpan(0, chunk), Context, State, probabilities[..1]);
            (_held, written) = (0, 1);
        }

        var whole = (count - written) * chunk;
        _voice.Run(samples[..whole], Context, State, probabilities[written..count]);
        samples[whole..].CopyTo(_rest.AsSpan(_held));
        _held += samples.Length - whole;
        return count;
    }

    /// <summary>The end of the sound: a chunk that was begun is filled up with digital silence.</summary>
    /// <returns>1 or 0, the number of probabilities written.</returns>
    public int Complete(Span<float> probabilities)
    {
        if (_held == 0)
        {
            return 0;
        }

        var chunk = _rest.AsSpan(0, _voice.Spec.ChunkSamples);
        chunk[_held..].Clear();
        _voice.Run(chunk, Context, State, probabilities[..1]);
        _held = 0;
        return 1;
    }

    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(_state);
        ArrayPool<float>.Shared.Return(_context);
        ArrayPool<short>.Shared.Return(_rest);
    }
}
