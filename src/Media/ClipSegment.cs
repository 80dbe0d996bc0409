namespace Emotion.Media;

/// <summary>
/// A stretch of the picture track, not re-encoded, in a file that begins with a key frame and can be decoded by itself. Where key frames
/// are far apart, several segments share what the file holds, each with its own name for it: who decodes passes over the pictures before.
/// </summary>
/// <param name="Index">From 0 in the clip.</param>
/// <param name="Path">The file; it lives as long as its <see cref="SplitClip"/>.</param>
/// <param name="Container">ffmpeg's name of the container that it is wrapped in; decoders must force it.</param>
/// <param name="KeyFrameSeconds">Clip time of the first picture in the file: who decodes begins there, at <paramref name="StartSeconds"/> or before.</param>
/// <param name="StartSeconds">Clip time from which on its pictures count; the pictures in the file carry clip time too.</param>
/// <param name="EndSeconds">Clip time where the next segment starts, or the clip's pictures end.</param>
/// <param name="Bytes">Size of the file.</param>
public sealed record ClipSegment(
    int Index, string Path, string Container, double KeyFrameSeconds, double StartSeconds, double EndSeconds, long Bytes)
{
    /// <summary>Of pictures that are decoded for it: what its decoding takes grows with that.</summary>
    public double DecodedSeconds => EndSeconds - KeyFrameSeconds;
}
