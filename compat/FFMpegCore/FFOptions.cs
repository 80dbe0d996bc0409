using System.Text;
using FFMpegCore.Enums;

namespace FFMpegCore;

public class FFOptions : ICloneable
{
    /// <summary>Working directory of the ffmpeg or ffprobe process; empty means that of this process.</summary>
    public string WorkingDirectory { get; set; } = string.Empty;

    /// <summary>Folder that holds <c>ffmpeg</c> and <c>ffprobe</c>; empty means that they are found on PATH.</summary>
    public string BinaryFolder { get; set; } = string.Empty;

    /// <summary>Folder for the sockets behind pipe inputs and outputs. Their paths must stay under 108 bytes.</summary>
    public string TemporaryFilesFolder { get; set; } = Path.GetTempPath();

    public Encoding Encoding { get; set; } = Encoding.Default;

    public FFMpegLogLevel? LogLevel { get; set; }

    public FFOptions Clone() => (FFOptions)MemberwiseClone();

    object ICloneable.Clone() => Clone();
}

public static class GlobalFFOptions
{
    public static FFOptions Current { get; private set; } = new();

    public static void Configure(Action<FFOptions> optionsAction) => optionsAction(Current);

    public static void Configure(FFOptions ffOptions)
    {
        ArgumentNullException.ThrowIfNull(ffOptions);
        Current = ffOptions;
    }

    public static string GetFFMpegBinaryPath(FFOptions? ffOptions = null) => GetBinaryPath("ffmpeg", ffOptions ?? Current);

    public static string GetFFProbeBinaryPath(FFOptions? ffOptions = null) => GetBinaryPath("ffprobe", ffOptions ?? Current);

    private static string GetBinaryPath(string name, FFOptions options)
    {
        var path = Path.Combine(options.BinaryFolder, name);
        return File.Exists(path) ? path : name;
    }
}
