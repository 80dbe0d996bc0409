using Emotion.Inference.Sessions;

namespace Emotion.Inference.Tests;

public class BatchQueueTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_WhileABatchRuns_NextOneGathersUpToItsSize()
    {
        using var gate = new SemaphoreSlim(0);
        var running = new TaskCompletionSource();
        var sizes = new List<int>();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 4, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            sizes.Add(inputs.Length);
            for (var i = 0; i < inputs.Length; i++) results[i] = 10 * inputs[i];
        });

        var first = queue.RunAsync(0, Token);
        await running.Task;
        var others = Enumerable.Range(1, 6).Select(i => queue.RunAsync(i, Token)).ToArray();
        gate.Release(3);

        Assert.Equal(0, await first);
        var results = await Task.WhenAll(others);
        Assert.Equal([10, 20, 30, 40, 50, 60], results);
        Assert.Equal([1, 4, 2], sizes);
    }

    [Fact]
    public async Task RunAsync_FullQueue_RefusesAtOnceAndServesTheRest()
    {
        using var gate = new SemaphoreSlim(0);
        var running = new TaskCompletionSource();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 1, QueueLength = 2, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            results[0] = inputs[0];
        });
        var first = queue.RunAsync(1, Token);
        await running.Task;
        Task<int>[] waiting = [queue.RunAsync(2, Token), queue.RunAsync(3, Token)];

        var refused = await Assert.ThrowsAsync<QueueFullException>(() => queue.RunAsync(4, Token));

        Assert.Contains("'test' holds its 2 requests", refused.Message);
        gate.Release(3);
        Assert.Equal(1, await first);
        var results = await Task.WhenAll(waiting);
        Assert.Equal([2, 3], results);
    }

    [Fact]
    public async Task RunWhenThereIsRoom_FullQueue_WaitsAndIsServedInOrder()
    {
        using var gate = new SemaphoreSlim(0);
        using var cancel = new CancellationTokenSource();
        var running = new TaskCompletionSource();
        var seen = new List<int>();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 1, QueueLength = 2, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            seen.Add(inputs[0]);
            results[0] = 10 * inputs[0];
        });
        var first = queue.RunWhenThereIsRoomAsync(1, Token);
        await running.Task;
        var others = Enumerable.Range(2, 6).Select(i => queue.RunWhenThereIsRoomAsync(i, i == 7 ? cancel.Token : Token)).ToArray();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => others[^1]);
        gate.Release(10);

        Assert.Equal(10, await first);
        var results = await Task.WhenAll(others[..^1]);
        Assert.Equal([20, 30, 40, 50, 60], results);
        Assert.Equal([1, 2, 3, 4, 5, 6], seen);
    }

    [Fact]
    public async Task RunWhenThereIsRoom_ModelIsLetGoMeanwhile_SaysSoAndServesWhoWasInside()
    {
        using var gate = new SemaphoreSlim(0);
        var running = new TaskCompletionSource();
        var queue = Queue(new BatchOptions { MaxBatchSize = 1, QueueLength = 1, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            results[0] = inputs[0];
        });
        var first = queue.RunWhenThereIsRoomAsync(1, Token);
        await running.Task;
        var inside = queue.RunWhenThereIsRoomAsync(2, Token);
        var outside = queue.RunWhenThereIsRoomAsync(3, Token);

        var letGo = queue.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => outside);
        gate.Release(2);
        await letGo;
        Assert.Equal(1, await first);
        Assert.Equal(2, await inside);
    }

    [Fact]
    public async Task RunAsync_CancelledWhileItWaits_NeverReachesTheGraph()
    {
        using var gate = new SemaphoreSlim(0);
        using var cancel = new CancellationTokenSource();
        var running = new TaskCompletionSource();
        var seen = new List<int>();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 1, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            seen.Add(inputs[0]);
            results[0] = inputs[0];
        });
        var first = queue.RunAsync(1, Token);
        await running.Task;
        var cancelled = queue.RunAsync(2, cancel.Token);
        var last = queue.RunAsync(3, Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        gate.Release(3);

        Assert.Equal(1, await first);
        Assert.Equal(3, await last);
        Assert.Equal([1, 3], seen);
    }

    [Fact]
    public async Task RunAsync_CancelledWhileItsBatchRuns_ReturnsOnlyWhenTheMemoryIsFree()
    {
        using var gate = new SemaphoreSlim(0);
        using var cancel = new CancellationTokenSource();
        var running = new TaskCompletionSource();
        await using var queue = Queue(new BatchOptions { MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            results[0] = 7;
        });
        var task = queue.RunAsync(1, cancel.Token);
        await running.Task;

        await cancel.CancelAsync();

        Assert.False(task.IsCompleted);
        gate.Release();
        Assert.Equal(7, await task);
    }

    [Fact]
    public async Task RunAsync_BatchFails_TellsItsItemsAndGoesOn()
    {
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 1 }, (inputs, results) =>
            results[0] = inputs[0] == 13 ? throw new InvalidDataException("no 13") : inputs[0]);

        var failure = await Assert.ThrowsAsync<InvalidDataException>(() => queue.RunAsync(13, Token));

        Assert.Equal("no 13", failure.Message);
        Assert.Equal(14, await queue.RunAsync(14, Token));
    }

    [Fact]
    public async Task RunAsync_Delay_JoinsItemsThatComeApart()
    {
        var sizes = new List<int>();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 2, MaxDelay = TimeSpan.FromMinutes(1) }, (inputs, results) =>
        {
            sizes.Add(inputs.Length);
        });

        var first = queue.RunAsync(1, Token);
        await Task.Delay(20, Token);
        await Task.WhenAll(first, queue.RunAsync(2, Token));

        Assert.Equal([2], sizes);
    }

    [Fact]
    public async Task Run_OneIsOfABatch_GoesBehindWhatSomebodyWaitsForButNotForEver()
    {
        const int OfBatch = 100;
        using var gate = new SemaphoreSlim(0);
        var running = new TaskCompletionSource();
        var seen = new List<int>();
        await using var queue = Queue(new BatchOptions { MaxBatchSize = 1, QueueLength = 2, MaxDelay = TimeSpan.Zero }, (inputs, results) =>
        {
            running.TrySetResult();
            gate.Wait();
            seen.Add(inputs[0]);
        });
        var first = queue.RunAsync(0, Token);
        await running.Task;
        var ofBatch = RunOfBatchAsync();
        var others = Enumerable.Range(1, 5).Select(i => queue.RunWhenThereIsRoomAsync(i, Token)).ToArray();

        gate.Release(7);
        await Task.WhenAll([first, ofBatch, .. others]);

        // As if it had come two places later, as many as the queue holds.
        Assert.Equal([0, 1], seen[..2]);
        Assert.InRange(seen.IndexOf(OfBatch), 2, seen.IndexOf(3) - 1);

        async Task<int> RunOfBatchAsync()
        {
            WorkPriority.IsOfBatch = true;
            return await queue.RunAsync(OfBatch, Token);
        }
    }

    [Fact]
    public async Task RunAsync_AfterDispose_SaysSo()
    {
        var queue = Queue(new BatchOptions(), (inputs, results) => results[0] = 1);
        Assert.Equal(1, await queue.RunAsync(1, Token));

        await queue.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.RunAsync(1, Token));
    }

    private static BatchQueue<int, int> Queue(BatchOptions options, BatchQueue<int, int>.BatchRunner run) =>
        new("test", options, TimeProvider.System, run);
}
