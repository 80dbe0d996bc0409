using System.ComponentModel.DataAnnotations;

namespace Emotion.TextService;

/// <summary>Section <c>TextService</c>.</summary>
public sealed class TextServiceOptions
{
    public const string Section = "TextService";

    /// <summary>Where the sound of a call lies, in a file without a name, while the call lasts; empty means the system's folder for temporary files.</summary>
    public string WorkFolder { get; set; } = string.Empty;

    /// <summary>Sound of one call; on disk, 10 minutes are 19 MB, an hour is 115 MB.</summary>
    [Range(1, 4 * 3600)]
    public int MaximumSeconds { get; set; } = 600;

    /// <summary>Recordings that are transcribed at once; each takes about a core.</summary>
    [Range(1, 256)]
    public int CallsAtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Calls that may send their sound or wait, beyond those; one more is refused before its sound is read, for another replica may have room. Each
    /// call has its sound on disk, 32 KB a second: <see cref="CallsAtOnce"/> + CallsWaiting = 4 + 8 calls of 600 s are at most 0.23 GB.
    /// One that waits holds a message of its sound in memory; one that computes a piece, whatever the length of its sound: at most some 20 MB,
    /// beside what ONNX Runtime needs for it.
    /// </summary>
    [Range(0, 10_000)]
    public int CallsWaiting { get; set; } = 8;

    /// <summary>Texts of one call that is to say what they carry; people say about 200 sentences in 10 minutes.</summary>
    [Range(1, 10_000)]
    public int MaximumTexts { get; set; } = 256;

    /// <summary>Characters of one such text.</summary>
    [Range(1, 100_000)]
    public int MaximumCharacters { get; set; } = 2000;

    /// <summary>Such calls that compute at once; each takes a core for some milliseconds.</summary>
    [Range(1, 256)]
    public int ClassifyCallsAtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>Such calls that may wait for that; one more is refused.</summary>
    [Range(0, 10_000)]
    public int ClassifyCallsWaiting { get; set; } = 256;
}
