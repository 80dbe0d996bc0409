using Emotion.Features.Mfcc;
using Emotion.Inference.Sessions;

namespace Emotion.Inference.Audio;

/// <summary>How sound goes into a <see cref="SpeechEncoder"/>.</summary>
public sealed record SpeechEncoderSpec
{
    public required int SampleRate { get; init; }

    /// <summary>The loudest sample of a stretch is brought to this part of the full scale; 0 leaves the level as it is.</summary>
    public required double Peak { get; init; }

    /// <summary>A shorter stretch is filled up with digital silence behind it: the graph's convolutions need some sound.</summary>
    public required int MinimumSamples { get; init; }
}

/// <summary>
/// A frozen speech encoder, samples <c>input_values [1, samples]</c> to <c>pooled [1, length]</c>: what the graph hears, pooled over time
/// inside it. Of stretches that vary in length each runs by itself: the encoder has no mask for padding.
/// </summary>
public sealed class SpeechEncoder : IDisposable
{
    private static readonly string[] InputNames = ["input_values"], OutputNames = ["pooled"];

    private readonly GraphSession _graph;

    /// <param name="graph">Disposed with this.</param>
    public SpeechEncoder(GraphSession graph, SpeechEncoderSpec spec)
    {
        _graph = graph;
        Spec = spec;
        graph.RequireInput("input_values", -1, -1);
        Length = graph.RequireOutputLength("pooled");
    }

    public SpeechEncoderSpec Spec { get; }

    /// <summary>Floats of a pooled stretch.</summary>
    public int Length { get; }

    /// <summary>Encodes 16-bit PCM at <see cref="SpeechEncoderSpec.SampleRate"/>; safe on any number of threads.</summary>
    /// <param name="pooled">At least <see cref="Length"/> floats.</param>
    public void Encode(ReadOnlySpan<short> samples, Span<float> pooled)
    {
        using var input = new PooledTensor<float>(1, Math.Max(samples.Length, Spec.MinimumSamples));
        Pcm.ToFloat(samples, input.Span);
        Run(input, samples.Length, pooled);
    }

    /// <summary>The same from samples of full scale 1.</summary>
    public void Encode(ReadOnlySpan<float> samples, Span<float> pooled)
    {
        using var input = new PooledTensor<float>(1, Math.Max(samples.Length, Spec.MinimumSamples));
        samples.CopyTo(input.Span);
        Run(input, samples.Length, pooled);
    }

    public void Dispose() => _graph.Dispose();

    private void Run(PooledTensor<float> input, int samples, Span<float> pooled)
    {
        using var output = new PooledTensor<float>(1, Length);
        input.Span[samples..].Clear();
        SoundLevel.BringPeakTo((float)Spec.Peak, input.Span[..samples]);
        _graph.Run(InputNames, [input.Value], OutputNames, [output.Value]);
        output.Span.CopyTo(pooled);
    }
}
