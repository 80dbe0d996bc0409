namespace Emotion.Inference;

/// <summary>Why there is no answer. Numbered as <c>emotion.common.v1.Abstention.Reason</c>.</summary>
public enum AbstentionReason
{
    NoSpeech = 1,
    NoFace = 2,
    FaceTooSmall = 3,
    FaceTooDark = 4,
    TooShort = 5,
    NoModality = 6,
    FaceTooBlurred = 7,
    NotEnglish = 8,
    NoWords = 9,
}

/// <summary>No answer, with a reason and a sentence for people. Data, not an error.</summary>
public sealed record Abstention(AbstentionReason Reason, string Detail);
