namespace Emotion.Media;

/// <summary>What a clip is, as far as can be told without decoding it.</summary>
/// <param name="Container">What holds it.</param>
/// <param name="Seconds">From the start of its earliest stream, which is clip time zero, to the end of its latest.</param>
/// <param name="Picture">The picture track; cover art is none.</param>
/// <param name="Sound">The sound track.</param>
/// <param name="Subtitles">Embedded subtitles.</param>
public sealed record ClipProbe(
    MediaContainer Container, double Seconds, ClipPicture? Picture, ClipSound? Sound, IReadOnlyList<ClipSubtitles> Subtitles);

/// <param name="StreamIndex">In the file.</param>
/// <param name="Width">Pixels as encoded, before rotation.</param>
/// <param name="Height">Pixels as encoded, before rotation.</param>
/// <param name="PicturesPerSecond">On average; 0 where the container does not say.</param>
/// <param name="Rotation">Degrees clockwise that turn the picture upright: 0, 90, 180 or 270.</param>
/// <param name="Codec">ffprobe's name.</param>
/// <param name="StartSeconds">Clip time of the first picture.</param>
public sealed record ClipPicture(
    int StreamIndex, int Width, int Height, double PicturesPerSecond, int Rotation, string Codec, double StartSeconds);

/// <param name="StreamIndex">In the file.</param>
/// <param name="SampleRate">Hertz.</param>
/// <param name="Channels">Number.</param>
/// <param name="Codec">ffprobe's name.</param>
/// <param name="StartSeconds">Clip time of the first sample.</param>
public sealed record ClipSound(int StreamIndex, int SampleRate, int Channels, string Codec, double StartSeconds);

/// <param name="StreamIndex">In the file.</param>
/// <param name="Codec">ffprobe's name.</param>
/// <param name="Language">ISO 639-2, where the file says it.</param>
public sealed record ClipSubtitles(int StreamIndex, string Codec, string? Language);
