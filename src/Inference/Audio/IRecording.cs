namespace Emotion.Inference.Audio;

/// <summary>A whole sound, in memory or on disk: read in stretches, so that its length takes no memory.</summary>
public interface IRecording
{
    /// <summary>How many it has, of 16 bits each.</summary>
    int Samples { get; }

    /// <summary>Fills the target with what lies from a sample on; so much must be there.</summary>
    void Read(int first, Span<short> target);
}

/// <summary>A sound that somebody holds in memory anyway.</summary>
public sealed class RecordingInMemory(ReadOnlyMemory<short> samples) : IRecording
{
    public int Samples => samples.Length;

    public void Read(int first, Span<short> target) => samples.Span.Slice(first, target.Length).CopyTo(target);
}
