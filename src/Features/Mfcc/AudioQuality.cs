namespace Emotion.Features.Mfcc;

/// <summary>Why a window of sound gets no answer.</summary>
public enum AudioAbstention
{
    None,

    /// <summary>Shorter than one analysis frame.</summary>
    TooShort,

    /// <summary>Nothing reaches the absolute speech floor.</summary>
    Silence,

    /// <summary>Something does, but for fewer analysis frames than a judgement needs.</summary>
    TooLittleSpeech,
}

/// <summary>What was heard in a window.</summary>
/// <param name="Frames">Analysis frames in the window.</param>
/// <param name="SpeechFrames">How many of them are speech.</param>
/// <param name="RegionStart">First frame of the trimmed region, margins included.</param>
/// <param name="RegionFrames">Its length; the whole window if there is no speech.</param>
/// <param name="PeakDecibels">Level of the loudest frame, relative to full scale; the power floor if there is none.</param>
public readonly record struct AudioQuality(
    int Frames, int SpeechFrames, int RegionStart, int RegionFrames, float PeakDecibels, AudioAbstention Abstention)
{
    /// <summary>Part of the window that is speech, 0 to 1.</summary>
    public double SpeechRatio => Frames == 0 ? 0 : (double)SpeechFrames / Frames;
}
