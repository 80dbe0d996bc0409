namespace FFMpegCore.Exceptions;

public enum FFMpegExceptionType
{
    Conversion,
    File,
    Operation,
    Process,
}

public class FFMpegException(
    FFMpegExceptionType type, string message, Exception? innerException = null, string ffMpegErrorOutput = "")
    : Exception(message, innerException)
{
    public FFMpegExceptionType Type { get; } = type;

    /// <summary>What the process wrote to standard error; only the last 64 KiB are kept.</summary>
    public string FFMpegErrorOutput { get; } = ffMpegErrorOutput;
}
