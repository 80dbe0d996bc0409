using System.Buffers;
using Emotion.Features.Mfcc;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Audio;

/// <summary>
/// Speech or not, every 32 ms: Silero's voice activity model, as <c>chunks [n, context + chunk]</c>, <c>state [2, 1, width]</c> ->
/// <c>speech [n]</c>, <c>next_state</c>. All chunks of a call go through the graph in one run. Used by any number of threads at once: what is
/// remembered of a sound lies in its <see cref="VoiceActivityStream"/>.
/// </summary>
public sealed class VoiceActivity : IDisposable
{
    private static readonly string[] InputNames = ["chunks", "state"], OutputNames = ["speech", "next_state"];

    /// <summary>Chunks in one run, about 16 s: bounds the memory of a long recording.</summary>
    private const int ChunksPerRun = 512;

    private readonly GraphSession _graph;

    /// <param name="graph">Disposed with this.</param>
    /// <exception cref="ArgumentException">The spec contradicts itself.</exception>
    public VoiceActivity(GraphSession graph, VoiceActivitySpec spec)
    {
        _graph = graph;
        Spec = spec.Validated();
        graph.RequireInput("chunks", -1, spec.ContextSamples + spec.ChunkSamples);
        StateWidth = graph.RequireInput("state", 2, 1, -1)[2];
        graph.RequireOutput("speech", -1);
        graph.RequireOutput("next_state", 2, 1, StateWidth);
    }

    public VoiceActivitySpec Spec { get; }

    internal int StateWidth { get; }

    /// <summary>Chunks of a whole sound; the last one is filled up with digital silence.</summary>
    public int ChunkCount(int samples) => (samples + Spec.ChunkSamples - 1) / Spec.ChunkSamples;

    /// <summary>Of a whole sound: the probability that each chunk is speech, 0 to 1.</summary>
    /// <param name="samples">16-bit PCM at the spec's rate.</param>
    /// <param name="probabilities">At least <see cref="ChunkCount"/> floats.</param>
    public void Probabilities(ReadOnlySpan<short> samples, Span<float> probabilities)
    {
        using var stream = new VoiceActivityStream(this);
        var written = stream.Append(samples, probabilities);
        stream.Complete(probabilities[written..]);
    }

    /// <summary>
    /// Of a whole sound, of which the samples of one run are in memory at a time: to the last bit what the whole gives, since the runs are the same.
    /// </summary>
    /// <param name="recording">At the spec's rate.</param>
    /// <param name="probabilities">At least <see cref="ChunkCount"/> floats.</param>
    /// <param name="cancellationToken">Looked at before every run.</param>
    public void Probabilities(IRecording recording, Span<float> probabilities, CancellationToken cancellationToken)
    {
        using var stream = new VoiceActivityStream(this);
        var rented = ArrayPool<short>.Shared.Rent(ChunksPerRun * Spec.ChunkSamples);
        try
        {
            for (var first = 0; first < recording.Samples;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var samples = rented.AsSpan(0, Math.Min(ChunksPerRun * Spec.ChunkSamples, recording.Samples - first));
                recording.Read(first, samples);
                probabilities = probabilities[stream.Append(samples, probabilities)..];
                first += samples.Length;
            }
        }
        finally
        {
            ArrayPool<short>.Shared.Return(rented, clearArray: true); // Somebody's voice.
        }

        stream.Complete(probabilities);
    }

    /// <summary>Runs whole chunks that follow <paramref name="context"/>, and leaves context and state as they are behind the last of them.</summary>
    internal void Run(ReadOnlySpan<short> samples, Span<float> context, Span<float> state, Span<float> probabilities)
    {
        while (!samples.IsEmpty)
        {
            var count = Math.Min(ChunksPerRun, samples.Length / Spec.ChunkSamples);
            RunOnce(samples[..(count * Spec.ChunkSamples)], context, state, probabilities[..count]);
            samples = samples[(count * Spec.ChunkSamples)..];
            probabilities = probabilities[count..];
        }
    }

    public void Dispose() => _graph.Dispose();

    private void RunOnce(ReadOnlySpan<short> samples, Span<float> context, Span<float> state, Span<float> probabilities)
    {
        using var chunks = new PooledTensor<float>(probabilities.Length, Spec.ContextSamples + Spec.ChunkSamples);
        using var before = new PooledTensor<float>(2, 1, StateWidth);
        using var speech = new PooledTensor<float>(probabilities.Length);
        using var after = new PooledTensor<float>(2, 1, StateWidth);
        for (var i = 0; i < probabilities.Length; i++)
        {
            var row = chunks.Row(i);
            context.CopyTo(row);
            Pcm.ToFloat(samples.Slice(i * Spec.ChunkSamples, Spec.ChunkSamples), row[Spec.ContextSamples..]);
            row[^Spec.ContextSamples..].CopyTo(context);
        }

        state.CopyTo(before.Span);
        _graph.Run(InputNames, [chunks.Value, before.Value], OutputNames, [speech.Value, after.Value]);
        after.Span.CopyTo(state);
        speech.Span.CopyTo(probabilities);
    }
}
