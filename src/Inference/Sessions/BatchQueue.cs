using System.Diagnostics;
using System.Threading.Channels;

namespace Emotion.Inference.Sessions;

/// <summary>
/// Turns single requests from anywhere into batches for one graph. The first item of a batch waits up to
/// <see cref="BatchOptions.MaxDelay"/> for company; while a batch runs the next one gathers, those first for whom somebody waits
/// (<see cref="WorkPriority"/>). A full queue refuses at once, or lets those wait who were admitted elsewhere.
/// </summary>
public sealed class BatchQueue<TInput, TResult> : IAsyncDisposable
{
    private readonly string _name;
    private readonly BatchOptions _options;
    private readonly BatchRunner _run;
    private readonly TimeProvider _clock;
    private readonly Channel<Item> _channel = Channel.CreateUnboundedPrioritized(
        new UnboundedPrioritizedChannelOptions<Item> { SingleReader = true, Comparer = Comparer<Item>.Create((one, other) => one.Turn.CompareTo(other.Turn)) });

    private readonly SemaphoreSlim _room;
    private readonly CancellationTokenSource _letGo = new();
    private readonly Lazy<Task> _loop;
    private readonly KeyValuePair<string, object?> _tag;
    private long _arrived;

    /// <param name="name">For metrics and messages.</param>
    /// <param name="run">Fills <c>results</c>, index by index, from <c>inputs</c>; runs one batch at a time.</param>
    public BatchQueue(string name, BatchOptions options, TimeProvider clock, BatchRunner run)
    {
        _name = name;
        _options = options;
        _clock = clock;
        _run = run;
        _tag = new("model", name);
        _room = new SemaphoreSlim(options.QueueLength);
        _loop = new Lazy<Task>(() => Task.Run(LoopAsync)); // By the first who asks: who builds a model steps back, and so would what it begins.
    }

    public delegate void BatchRunner(ReadOnlySpan<TInput> inputs, Span<TResult> results);

    /// <summary>
    /// Runs one item in some batch. Cancelling takes it out of the queue; an item whose batch already runs comes to its end first, so
    /// that memory behind <paramref name="input"/> is never in use after this returns.
    /// </summary>
    /// <exception cref="QueueFullException">No room.</exception>
    /// <exception cref="ObjectDisposedException">The model was let go.</exception>
    public async Task<TResult> RunAsync(TInput input, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var item = Arriving(input);
        if (!_room.Wait(0, CancellationToken.None))
        {
            ObjectDisposedException.ThrowIf(_letGo.IsCancellationRequested, this);
            Count("rejected", 1);
            throw new QueueFullException(_name, _options.QueueLength);
        }

        return await AnswerAsync(item, cancellationToken);
    }

    /// <summary>
    /// The same for who was admitted already, with work behind it that a refusal would throw away: waits until there is room.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The model was let go.</exception>
    public async Task<TResult> RunWhenThereIsRoomAsync(TInput input, CancellationToken cancellationToken)
    {
        var item = Arriving(input);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _letGo.Token);
        try
        {
            await _room.WaitAsync(over.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(GetType().FullName);
        }

        return await AnswerAsync(item, cancellationToken);
    }

    /// <summary>Takes no more items and runs those that wait.</summary>
    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        await _letGo.CancelAsync();
        _letGo.Dispose();
        await _loop.Value;
    }

    private Item Arriving(TInput input) => new(input, _clock.GetTimestamp(), WorkPriority.Turn(ref _arrived, _options.QueueLength));

    /// <summary>Of an item that there is room for.</summary>
    private async Task<TResult> AnswerAsync(Item item, CancellationToken cancellationToken)
    {
        _ = _loop.Value;
        if (!_channel.Writer.TryWrite(item))
        {
            _room.Release();
            throw new ObjectDisposedException(GetType().FullName);
        }

        InferenceInstruments.Pending.Add(1, _tag);
        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((Item)state!).Cancel(token), item);
        return await item.Completion.Task;
    }

    private async Task LoopAsync()
    {
        var batch = new List<Item>(_options.MaxBatchSize);
        var inputs = new TInput[_options.MaxBatchSize];
        var results = new TResult[_options.MaxBatchSize];
        while (await _channel.Reader.WaitToReadAsync())
        {
            Drain(batch);
            if (batch.Count > 0 && batch.Count < _options.MaxBatchSize && _options.MaxDelay > TimeSpan.Zero)
            {
                await GatherAsync(batch);
            }

            if (batch.Count > 0)
            {
                Run(batch, inputs, results);
            }

            batch.Clear();
        }
    }

    private void Drain(List<Item> batch)
    {
        while (batch.Count < _options.MaxBatchSize && _channel.Reader.TryRead(out var item))
        {
            _room.Release();
            InferenceInstruments.Pending.Add(-1, _tag);
            if (item.Take())
            {
                batch.Add(item);
            }
            else
            {
                Count("cancelled", 1);
            }
        }
    }

    private async Task GatherAsync(List<Item> batch)
    {
        using var deadline = new CancellationTokenSource(_options.MaxDelay, _clock);
        try
        {
            while (batch.Count < _options.MaxBatchSize && await _channel.Reader.WaitToReadAsync(deadline.Token))
            {
                Drain(batch);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Drain(batch);
        }
    }

    private void Run(List<Item> batch, TInput[] inputs, TResult[] results)
    {
        var started = _clock.GetTimestamp();
        for (var i = 0; i < batch.Count; i++)
        {
            inputs[i] = batch[i].Input;
            InferenceInstruments.QueueTime.Record(_clock.GetElapsedTime(batch[i].Queued, started).TotalSeconds, _tag);
        }

        try
        {
            _run(inputs.AsSpan(0, batch.Count), results.AsSpan(0, batch.Count));
            InferenceInstruments.ComputeTime.Record(_clock.GetElapsedTime(started).TotalSeconds, _tag);
            InferenceInstruments.BatchSize.Record(batch.Count, _tag);
            Count("ok", batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Completion.TrySetResult(results[i]);
            }
        }
        catch (Exception failure)
        {
            // Whoever asked gets to know; the loop goes on for the others.
            Count("failed", batch.Count);
            foreach (var item in batch)
            {
                item.Completion.TrySetException(failure);
            }
        }
        finally
        {
            Array.Clear(inputs);
            Array.Clear(results);
        }
    }

    private void Count(string outcome, int items) =>
        InferenceInstruments.Items.Add(items, _tag, new KeyValuePair<string, object?>("outcome", outcome));

    private sealed class Item(TInput input, long queued, long turn)
    {
        private const int Waiting = 0, Taken = 1, Cancelled = 2;
        private int _state = Waiting;

        public TInput Input { get; } = input;

        public long Queued { get; } = queued;

        public long Turn { get; } = turn;

        public TaskCompletionSource<TResult> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Take() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

        public void Cancel(CancellationToken token)
        {
            if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
            {
                Completion.TrySetCanceled(token);
            }
        }
    }
}
