using System.Text.Json.Serialization;
using Emotion.Features.Mfcc;

namespace Emotion.Inference.Audio;

/// <summary>The <c>frontEnd</c> of an audio package's manifest.</summary>
public sealed record AudioSpec
{
    public required MfccSpec Mfcc { get; init; }

    /// <summary>Goes with the graph of role <c>voice-activity</c>; null where a package has none.</summary>
    public VoiceActivitySpec? VoiceActivity { get; init; }

    /// <summary>Goes with the graph of role <c>encoder</c>; null where a package has none.</summary>
    public SpeechEncoderSpec? Encoder { get; init; }

    /// <summary>How much less sure the posterior is in noise; null where it is left as the classifier says it, whatever the sound.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NoiseSpec? Noise { get; init; }
}
