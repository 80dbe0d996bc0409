using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Emotion.Inference.Hosting;

/// <summary>Work that gives way to requests: on a thread of its own, which ends with it, since a thread that has stepped back may not step forward again.</summary>
internal static class LowPriority
{
    private const int OfThread = 0;

    /// <param name="niceness">As of <c>nice</c>: 0 is as everything else, 19 hardly ever gets a core that somebody else wants. Linux alone knows it of threads.</param>
    /// <param name="work">
    /// Whatever it awaits, it goes on with on that thread, as far as what it calls returns to its context: what computes there should do so without leaving it.
    /// </param>
    public static Task<T> RunAsync<T>(int niceness, string name, Func<Task<T>> work)
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
                done.SetResult(ThreadContext.Run(work));
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

    /// <summary>What is posted to it runs on the thread that began it, until the work is done.</summary>
    private sealed class ThreadContext : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public static T Run<T>(Func<Task<T>> work)
        {
            var context = new ThreadContext();
            SetSynchronizationContext(context);
            var task = work();
            _ = task.ContinueWith(_ => context._posted.CompleteAdding(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            foreach (var (callback, state) in context._posted.GetConsumingEnumerable())
            {
                callback(state);
            }

            return task.GetAwaiter().GetResult();
        }

        public override void Post(SendOrPostCallback d, object? state)
        {
            try
            {
                _posted.Add((d, state));
            }
            catch (InvalidOperationException)
            {
                ThreadPool.QueueUserWorkItem(_ => d(state)); // The work is over; what it left behind need not hold its thread.
            }
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
