using System.Runtime.InteropServices;

namespace Emotion.Inference.Sessions;

/// <summary>glibc's allocator, which keeps what was freed for the next who asks: docs/decisions/memory-over-swaps.md. With another C library it does nothing.</summary>
internal static class NativeMemory
{
    /// <summary>Gives the system back whole pages that nobody uses; some milliseconds.</summary>
    public static void GiveBack()
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                _ = Trim(0);
            }
        }
        catch (Exception other) when (other is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint keep);
}
