using System.ComponentModel.DataAnnotations;

namespace Emotion.Media;

/// <summary>What a clip may be and what a process that reads it may use. Configuration section <c>Media</c>.</summary>
public sealed class MediaOptions
{
    public const string Section = "Media";

    /// <summary>Folder of <c>ffmpeg</c> and <c>ffprobe</c>; empty means that they are found on PATH.</summary>
    public string BinaryFolder { get; set; } = string.Empty;

    /// <summary>Parent of the private work folders; empty means the system's folder for temporary files.</summary>
    public string WorkFolder { get; set; } = string.Empty;

    /// <summary>Largest clip in bytes.</summary>
    [Range(1, 4L * 1024 * 1024 * 1024)]
    public long MaximumBytes { get; set; } = 200_000_000;

    /// <summary>Longest clip.</summary>
    [Range(1, 4 * 3600)]
    public int MaximumSeconds { get; set; } = 600;

    /// <summary>Largest picture, width times height. The default is 4K in the shape that cameras and phones use.</summary>
    [Range(64, 67_108_864)]
    public int MaximumPixels { get; set; } = 8_294_400;

    /// <summary>Most streams (sound, picture, subtitles, data) that a clip may have.</summary>
    [Range(1, 64)]
    public int MaximumStreams { get; set; } = 8;

    /// <summary>ffmpeg and ffprobe processes at the same time in this host; more wait.</summary>
    [Range(1, 256)]
    public int MaximumProcesses { get; set; } = Math.Max(4, Environment.ProcessorCount);

    /// <summary>Decoder and filter threads of a process that runs alone; those that run at the same time share them, and have one at least.</summary>
    [Range(1, 64)]
    public int ThreadsPerProcess { get; set; } = 2;

    /// <summary>Address space of one process.</summary>
    [Range(256, 65_536)]
    public int ProcessMemoryMegabytes { get; set; } = 2048;

    /// <summary>CPU seconds of one process at the most, whatever it works on; what it works on usually sets less.</summary>
    [Range(1, 36_000)]
    public int ProcessCpuSeconds { get; set; } = 1200;

    /// <summary>CPU seconds that a process may use per second of clip, plus ten; 4K at 60 pictures a second needs some five.</summary>
    [Range(0.5, 100.0)]
    public double CpuSecondsPerSecond { get; set; } = 10;

    /// <summary>Largest file that a process may write.</summary>
    [Range(1, 65_536)]
    public int ProcessFileMegabytes { get; set; } = 512;

    /// <summary>A process that has not ended by then is killed with its process group.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "04:00:00")]
    public TimeSpan ProcessDeadline { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a probe may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ProbeDeadline { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Scheduling priority of the processes: 0 is that of this host, 19 the lowest.</summary>
    [Range(0, 19)]
    public int Niceness { get; set; } = 5;

    /// <summary>Cut off the processes from the network where the kernel lets an ordinary user do that.</summary>
    public bool IsolateNetwork { get; set; } = true;

    /// <summary>
    /// Keep ffmpeg and ffprobe loaded and fork them for each job, which takes a tenth of the time that it takes to execute them. Where that
    /// cannot be done, they are executed.
    /// </summary>
    public bool KeepToolsReady { get; set; } = true;

    /// <summary>Jobs that a tool is forked for before another is loaded in its place: forked processes share the places of their memory.</summary>
    [Range(1, 1_000_000)]
    public int ReadyStarts { get; set; } = 1000;

    /// <summary>Segments are cut at the first key frame after so many seconds.</summary>
    [Range(1.0, 600.0)]
    public double SegmentSeconds { get; set; } = 10;

    /// <summary>
    /// A segment that is longer, for want of key frames, goes to the video workers in pieces of at most this length; see
    /// <see cref="MaximumPieces"/>.
    /// </summary>
    [Range(1.0, 3600.0)]
    public double MaximumSegmentSeconds { get; set; } = 20;

    /// <summary>
    /// Pieces of one segment at the most; longer pieces come before more of them, because each worker decodes from the segment's key
    /// frame to the end of its piece.
    /// </summary>
    [Range(1, 64)]
    public int MaximumPieces { get; set; } = 8;
}
