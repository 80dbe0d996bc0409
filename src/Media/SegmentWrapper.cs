namespace Emotion.Media;

/// <summary>What segments are wrapped in: such that every codec that is decoded here can be copied, and every clip keeps what it says.</summary>
/// <param name="Muxer">ffmpeg's name of the format to write.</param>
/// <param name="Demuxer">ffmpeg's name of the format to read; <see cref="ClipSegment.Container"/>.</param>
internal sealed record SegmentWrapper(string Muxer, string Demuxer)
{
    /// <summary>
    /// The QuickTime family keeps the display matrix and the exact times of what comes from it. Its mov flavour has no name for VP9 and
    /// AV1, its mp4 flavour none for PNG. Matroska takes every codec, and rounds times to milliseconds.
    /// </summary>
    public static SegmentWrapper Of(ClipProbe probe) => (probe.Container.Demuxer, probe.Picture?.Codec) switch
    {
        ("mov", "vp9" or "av1") => new("mp4", "mov"),
        ("mov", null or "h264" or "hevc" or "mpeg4" or "mjpeg" or "png") => new("mov", "mov"),
        _ => new("matroska", "matroska"),
    };
}
