namespace Emotion.Media;

/// <summary>Why a clip is not analysed.</summary>
public enum MediaRefusal
{
    /// <summary>The first bytes are those of no container that is allowed, or of a playlist or script.</summary>
    UnsupportedContainer,

    /// <summary>The container is allowed, what it holds is not: an unknown codec.</summary>
    UnsupportedCodec,

    /// <summary>More bytes than <see cref="MediaOptions.MaximumBytes"/>.</summary>
    TooManyBytes,

    /// <summary>Longer than <see cref="MediaOptions.MaximumSeconds"/>.</summary>
    TooLong,

    /// <summary>Pictures of more pixels than <see cref="MediaOptions.MaximumPixels"/>.</summary>
    PictureTooLarge,

    /// <summary>More streams than <see cref="MediaOptions.MaximumStreams"/>.</summary>
    TooManyStreams,

    /// <summary>Neither sound nor picture.</summary>
    NeitherSoundNorPicture,

    /// <summary>Cut short, or otherwise not readable as what it says it is.</summary>
    Damaged,

    /// <summary>Reading it took more time, memory or disk than a clip may.</summary>
    TooCostly,
}

/// <summary>The clip is refused. <see cref="Exception.Message"/> is written for the person who sent it: no paths, no stack.</summary>
public sealed class MediaRefusedException(MediaRefusal reason, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public MediaRefusal Reason { get; } = reason;
}
