using System.Diagnostics;
using Emotion.Gateway.Api;
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

/// <summary>One accepted clip on its way to an answer. Owns the clip's folder and its place in the queue until it ends.</summary>
public sealed class AnalysisJob(
    string id, long acceptedAt, OfferedRelease release, ReceivedClip clip, TextRequest text, WorkFolder folder, Admission admission) : IDisposable
{
    private readonly TaskCompletionSource<AnalysisOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private int _started;

    public string Id { get; } = id;

    /// <summary>Timestamp of the clock.</summary>
    public long AcceptedAt { get; } = acceptedAt;

    public OfferedRelease Release { get; } = release;

    public ReceivedClip Clip { get; } = clip;

    public TextRequest Text { get; } = text;

    public WorkFolder Folder { get; } = folder;

    /// <summary>The request that brought the clip: its trace goes on in the analysis.</summary>
    public ActivityContext Request { get; } = Activity.Current?.Context
        ?? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);

    public string TraceId => Request.TraceId.ToHexString();

    public Task<AnalysisOutcome> Outcome => _outcome.Task;

    public AnalysisStatus Status => Outcome.IsCompleted
        ? AnalysisStatus.Done
        : Volatile.Read(ref _started) == 1 ? AnalysisStatus.Running : AnalysisStatus.Queued;

    /// <summary>Nobody waits for the answer any more.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    public void Start() => Volatile.Write(ref _started, 1);

    public void Cancel()
    {
        if (!Outcome.IsCompleted)
        {
            _cancellation.Cancel();
        }
    }

    public void End(AnalysisOutcome outcome) => _outcome.TrySetResult(outcome);

    /// <summary>Deletes the clip and gives the place in the queue back; the outcome stays.</summary>
    public void Dispose()
    {
        try
        {
            Folder.Dispose();
        }
        finally
        {
            admission.Dispose();
        }
    }
}
