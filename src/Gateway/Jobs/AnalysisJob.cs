using System.Diagnostics;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Releases;
using Emotion.Media;

namespace Emotion.Gateway.Jobs;

/// <summary>A clip on disk that was accepted at the edge.</summary>
/// <param name="Path">A name that we made.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Upload">How long it took to come.</param>
public sealed record ReceivedClip(string Path, long Bytes, TimeSpan Upload);

/// <summary>How an analysis ended: an answer, or why there is none.</summary>
public sealed record AnalysisOutcome(Analysis? Analysis, Refusal? Refusal);

/// <summary>When a clip had arrived: on the clock that measures, and on the wall.</summary>
public readonly record struct Arrival(long Timestamp, DateTimeOffset Time)
{
    public static Arrival Now(TimeProvider clock) => new(clock.GetTimestamp(), clock.GetUtcNow());
}

/// <summary>One accepted clip on its way to an answer. Owns the clip's folder and its place in the queue until it ends.</summary>
public sealed class AnalysisJob : IDisposable
{
    private readonly Admission _admission;
    private readonly TaskCompletionSource<AnalysisOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private AnalysisOutcome? _ended;
    private Refusal? _cancelledBecause;
    private int _started;

    public AnalysisJob(
        string id, Arrival arrival, ReleaseRoute route, ReceivedClip clip, TextRequest text, WorkFolder folder, Admission admission)
    {
        (Id, Arrival, Route, Clip, Text, Folder, _admission) = (id, arrival, route, clip, text, folder, admission);
        Progress.End("upload", Math.Round(clip.Upload.TotalMilliseconds, 1));
        Progress.Begin("queued");
    }

    public string Id { get; }

    public Arrival Arrival { get; }

    public ReleaseRoute Route { get; }

    public OfferedRelease Release => Route.Release;

    public ReceivedClip Clip { get; }

    public TextRequest Text { get; }

    public WorkFolder Folder { get; }

    public AnalysisProgress Progress { get; } = new();

    /// <summary>The request that brought the clip: its trace goes on in the analysis.</summary>
    public ActivityContext Request { get; } = Activity.Current?.Context
        ?? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);

    public string TraceId => Request.TraceId.ToHexString();

    public Task<AnalysisOutcome> Outcome => _outcome.Task;

    /// <summary>The outcome, for those who do not wait; null until it is there.</summary>
    public AnalysisOutcome? Ended => Volatile.Read(ref _ended);

    public AnalysisStatus Status => Outcome.IsCompleted
        ? AnalysisStatus.Done
        : Volatile.Read(ref _started) == 1 ? AnalysisStatus.Running : AnalysisStatus.Queued;

    /// <summary>The answer is not wanted any more.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>Why it is not wanted any more; null while it is.</summary>
    public Refusal? CancelledBecause => Volatile.Read(ref _cancelledBecause);

    public void Start()
    {
        Volatile.Write(ref _started, 1);
        Progress.Signal();
    }

    /// <summary>The first reason stays.</summary>
    public void Cancel(Refusal why)
    {
        if (Ended is null && Interlocked.CompareExchange(ref _cancelledBecause, why, null) is null)
        {
            _cancellation.Cancel();
        }
    }

    public void End(AnalysisOutcome outcome)
    {
        Volatile.Write(ref _ended, outcome);
        _outcome.TrySetResult(outcome);
    }

    /// <summary>Deletes the clip and gives the place in the queue back; the outcome stays.</summary>
    public void Dispose()
    {
        try
        {
            Folder.Dispose();
        }
        finally
        {
            _admission.Dispose();
        }
    }
}
