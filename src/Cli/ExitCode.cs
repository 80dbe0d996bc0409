namespace Emotion.Cli;

/// <summary>What the command's exit status says to scripts.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The system failed: not reachable, not ready in time, or broken on the way.</summary>
    public const int SystemFailed = 1;

    /// <summary>Bad usage, a name that is not there, or a clip that cannot be analysed; the reason is on standard error.</summary>
    public const int BadInput = 2;

    /// <summary>Altered, unsigned or damaged, or held back by the promotion gate: asking again changes nothing.</summary>
    public const int Refused = 3;

    /// <summary>Somebody else was faster, or the name is taken: look again and decide again.</summary>
    public const int Conflict = 4;

    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
