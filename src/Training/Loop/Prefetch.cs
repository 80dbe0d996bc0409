using System.Collections.Concurrent;

namespace Emotion.Training.Loop;

/// <summary>Makes the next batches in a background task while the network works on this one, on the caller's thread.</summary>
public static class Prefetch
{
    /// <param name="source">Enumerated by one background task at a time.</param>
    /// <param name="ahead">At most so many items wait.</param>
    public static IEnumerable<T> Ahead<T>(IEnumerable<T> source, int ahead, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var ready = new BlockingCollection<T>(ahead);
        var producer = Task.Run(() => Produce(source, ready, stop.Token), CancellationToken.None);
        try
        {
            foreach (var item in ready.GetConsumingEnumerable(cancellationToken))
            {
                yield return item;
            }
        }
        finally
        {
            // Whoever leaves early stops the producer; it is gone before its queue is.
            stop.Cancel();
            ((IAsyncResult)producer).AsyncWaitHandle.WaitOne();
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (producer.Exception is { } failed)
        {
            throw failed.GetBaseException();
        }
    }

    private static void Produce<T>(IEnumerable<T> source, BlockingCollection<T> ready, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var item in source)
            {
                ready.Add(item, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The consumer left.
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
