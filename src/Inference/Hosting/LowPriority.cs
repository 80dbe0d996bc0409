using System.Runtime.InteropServices;

namespace Emotion.Inference.Hosting;

/// <summary>Work that gives way to requests: on a thread of its own, which ends with it, since a thread that has stepped back may not step forward again.</summary>
internal static class LowPriority
{
    private const int OfThread = 0;

    /// <param name="niceness">As of <c>nice</c>: 0 is as everything else, 19 hardly ever gets a core that somebody else wants. Linux alone knows it of threads.</param>
    public static Task<T> RunAsync<T>(int niceness, string name, Func<T> work)
    {
        if (niceness == 0)
        {
            return Task.Run(work);
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            if (OperatingSystem.IsLinux())
            {
                _ = SetPriority(OfThread, 0, niceness); // Where it is refused, the work is done all the same.
            }

            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        })
        {
            IsBackground = true, Name = name,
        }.Start();
        return done.Task;
    }

    // Of the calling thread, although POSIX speaks of the process: man 2 setpriority, "C library/kernel differences".
    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, uint who, int niceness);
}
