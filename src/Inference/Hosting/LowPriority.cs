using System.Runtime.InteropServices;

namespace Emotion.Inference.Hosting;

/// <summary>Work that gives way to requests: on a thread of its own, which ends with it, since a thread that has stepped back may not step forward again.</summary>
internal static class LowPriority
{
    private const int OfThread = 0;

    /// <param name="niceness">
    /// Steps behind the process, as of <c>nice</c>: 0 is as everything else, 19 hardly ever gets a core that somebody else wants. Linux alone knows it of threads.
    /// </param>
    /// <param name="work">
    /// Computes, and neither awaits nor begins anything: the pool's threads are begun by whoever has work for them, and threads of Linux have the niceness of
    /// the one that begins them, for as long as they live and whatever they do then.
    /// </param>
    public static Task<T> RunAsync<T>(int niceness, string name, Func<T> work)
    {
        if (niceness == 0)
        {
            return Task.Run(work);
        }

        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        // An ordinary thread waits for the slow one, so that what goes on afterwards is not begun by that.
        Begin(name, () =>
        {
            T? result = default;
            Exception? failure = null;
            Begin(name, () =>
            {
                if (OperatingSystem.IsLinux())
                {
                    _ = SetPriority(OfThread, 0, GetPriority(OfThread, 0) + niceness); // Where it is refused, the work is done all the same.
                }

                try
                {
                    result = work();
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }
            }).Join();
            if (failure is null)
            {
                done.SetResult(result!);
            }
            else
            {
                done.SetException(failure);
            }
        });
        return done.Task;
    }

    private static Thread Begin(string name, ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    // Of the calling thread, although POSIX speaks of the process: man 2 setpriority, "C library/kernel differences". What is above 19 is 19.
    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, uint who, int niceness);

    [DllImport("libc", EntryPoint = "getpriority")]
    private static extern int GetPriority(int which, uint who);
}
