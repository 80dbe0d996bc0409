using Emotion.Features.Mfcc;

namespace Emotion.Inference.Audio;

/// <summary>The <c>frontEnd</c> of an audio package's manifest.</summary>
public sealed record AudioSpec
{
    public required MfccSpec Mfcc { get; init; }
}
