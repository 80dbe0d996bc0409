using Emotion.Features;

namespace Emotion.Inference.Audio;

/// <summary>What the speech model says of one window.</summary>
/// <param name="Posterior"><c>[8]</c>, adds up to 1; empty with an abstention.</param>
/// <param name="Embedding"><c>[512]</c>; empty with an abstention.</param>
/// <param name="SpeechRatio">Share of the window that is speech, 0..1: by voice activity where the package has it, else by level.</param>
/// <param name="LevelsDecibels">Energy relative to full scale, one value every 100 ms; -100 is digital silence.</param>
public sealed record AudioWindowResult(
    ClipWindow Window, float[] Posterior, float[] Embedding, float SpeechRatio, float[] LevelsDecibels, Abstention? Abstention)
{
    /// <summary>How far the voice is above the noise, as <see cref="NoiseTemperature"/> estimates it; null with an abstention, and of a package without <see cref="AudioSpec.Noise"/>.</summary>
    public double? SignalToNoiseDecibels { get; init; }
}
