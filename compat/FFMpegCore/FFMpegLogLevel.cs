namespace FFMpegCore.Enums;

public enum FFMpegLogLevel
{
    Quiet,
    Panic,
    Fatal,
    Error,
    Warning,
    Info,
    Verbose,
    Debug,
    Trace,
}
