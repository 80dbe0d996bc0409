using System.Globalization;
using System.Runtime.InteropServices;

namespace Emotion.Serving;

/// <summary>Lets other processes of the machine go first.</summary>
internal static class ProcessPriority
{
    private const int OfThread = 0;

    /// <summary>
    /// All threads that there are, from which later ones have it. Where each session has a weight of its own (sched_autogroup), those of threads count within
    /// one session only; who leads one has it step back too, and nobody else's. Where the kernel refuses, everything goes on as it was.
    /// </summary>
    /// <param name="niceness">As of <c>nice</c>; 0 does nothing.</param>
    public static void StepBack(int niceness)
    {
        if (niceness == 0 || !OperatingSystem.IsLinux())
        {
            return;
        }

        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            _ = SetPriority(OfThread, uint.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), niceness);
        }

        if (GetSession(0) != Environment.ProcessId)
        {
            return;
        }

        try
        {
            File.WriteAllText("/proc/self/autogroup", niceness.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // This kernel has no such groups, or changed one a moment ago, which it does ten times a second: the threads have stepped back all the same.
        }
    }

    [DllImport("libc", EntryPoint = "getsid")]
    private static extern int GetSession(int process);

    // Of a thread, although POSIX speaks of the process: man 2 setpriority, "C library/kernel differences".
    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, uint who, int niceness);
}
