namespace Emotion.Inference.Audio;

/// <summary>How voice activity is asked for and what counts as speech.</summary>
public sealed record VoiceActivitySpec
{
    public required int SampleRate { get; init; }

    /// <summary>New samples in a chunk: the step in which speech is told from other sound.</summary>
    public required int ChunkSamples { get; init; }

    /// <summary>Samples before a chunk that the graph sees with it.</summary>
    public required int ContextSamples { get; init; }

    /// <summary>Speech begins with a chunk of at least this probability,</summary>
    public required double Begin { get; init; }

    /// <summary>and ends when chunks stay below this one</summary>
    public required double End { get; init; }

    /// <summary>for so long; a shorter pause belongs to the speech around it.</summary>
    public required double PauseSeconds { get; init; }

    /// <summary>A region of speech that is shorter is none.</summary>
    public required double RegionSeconds { get; init; }

    /// <summary>A window with less speech than this in all its regions abstains.</summary>
    public required double RequiredSeconds { get; init; }

    public double ChunkSeconds => (double)ChunkSamples / SampleRate;

    /// <exception cref="ArgumentException">It contradicts itself.</exception>
    public VoiceActivitySpec Validated() =>
        SampleRate > 0 && ChunkSamples > 0 && ContextSamples >= 0 && ContextSamples <= ChunkSamples
        && End > 0 && End <= Begin && Begin < 1 && PauseSeconds >= 0 && RegionSeconds >= 0 && RequiredSeconds >= 0
            ? this
            : throw new ArgumentException(
                "This voice activity spec cannot be used; it must hold that sampleRate and chunkSamples are positive, contextSamples is not "
                + "above chunkSamples, 0 < end <= begin < 1, and no duration is negative.");
}

/// <summary>A stretch of speech, in seconds from the beginning of the sound.</summary>
public readonly record struct SpeechRegion(double StartSeconds, double EndSeconds)
{
    public double Seconds => EndSeconds - StartSeconds;
}
