namespace Emotion.Media;

/// <summary>A stretch of the picture track, not re-encoded, that begins with a key frame and can be decoded by itself.</summary>
/// <param name="Index">From 0 in the clip.</param>
/// <param name="Path">The file; it lives as long as its <see cref="SplitClip"/>.</param>
/// <param name="Container">ffmpeg's name of the container that it is wrapped in; decoders must force it.</param>
/// <param name="StartSeconds">Clip time of its first picture; the pictures in the file carry clip time too.</param>
/// <param name="EndSeconds">Clip time where the next segment starts, or the clip's pictures end.</param>
/// <param name="Bytes">Size of the file.</param>
public sealed record ClipSegment(int Index, string Path, string Container, double StartSeconds, double EndSeconds, long Bytes);
