namespace Emotion.Media;

/// <summary>What is decoded, by ffmpeg's names of decoders (not of codecs): what cameras, browsers, phones and corpora write.</summary>
internal static class MediaCodecs
{
    public const string Decoders = Picture + "," + Sound + "," + Words;

    private const string Picture = "h264,hevc,vp8,libvpx,vp9,libvpx-vp9,libdav1d,libaom-av1,av1,mpeg4,vp6f,flv,mjpeg,png";

    private const string Sound =
        "aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_f64le,"
        + "pcm_alaw,pcm_mulaw,pcm_s8";

    // Probing opens a decoder for every stream: without these, a clip that has subtitles beside sound and picture cannot be read.
    private const string Words = "srt,subrip,mov_text,ass,ssa,webvtt,text";

    /// <summary>Codec names, as ffprobe says them, of the sound and pictures that <see cref="Decoders"/> decodes.</summary>
    private static readonly HashSet<string> Codecs =
    [
        "h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "vp6f", "flv1", "mjpeg", "aac", "mp3", "opus", "vorbis", "flac",
        "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw",
        "pcm_s8",
    ];

    public static bool Supports(string codec) => Codecs.Contains(codec);

    /// <summary>Whether it is a codec of subtitles that are text, by ffprobe's name.</summary>
    public static bool IsWords(string codec) => Words.Split(',').Contains(codec);
}
