namespace Emotion.Cli;

/// <summary>What the command's exit status says to scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The system failed: not reachable, not ready in time, or broken on the way.</summary>
    public const int SystemFailed = 1;

    /// <summary>Bad usage, or a clip that cannot be analysed; the reason is on standard error.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
