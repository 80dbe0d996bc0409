using System.Diagnostics;
using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;
using Emotion.Gateway.Releases;
using Emotion.Media;

namespace Emotion.Gateway.Jobs;

/// <summary>A clip that was accepted at the edge.</summary>
/// <param name="Path">A name that we made.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Upload">How long it took to come.</param>
public sealed record ReceivedClip(string Path, long Bytes, TimeSpan Upload);

/// <summary>How an analysis ended: an answer, or why there is none.</summary>
public sealed record AnalysisOutcome(Analysis? Analysis, Refusal? Refusal);

/// <summary>One attempt at one analysis, while this gateway works on it. Owns a folder of its own.</summary>
public sealed class AnalysisJob : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private Refusal? _cancelledBecause;

    /// <param name="waitingSince">On the clock that measures: when the clip had come.</param>
    public AnalysisJob(
        string id, ActivityContext request, long waitingSince, ReleaseRoute route, ReceivedClip clip, TextRequest text, WorkFolder folder)
    {
        (Id, Request, WaitingSince, Route, Clip, Text, Folder) = (id, request, waitingSince, route, clip, text, folder);
        Progress.End("upload", Math.Round(clip.Upload.TotalMilliseconds, 1));
        Progress.Begin("queued");
    }

    public string Id { get; }

    public long WaitingSince { get; }

    public ReleaseRoute Route { get; }

    public OfferedRelease Release => Route.Release;

    public ReceivedClip Clip { get; }

    public TextRequest Text { get; }

    public WorkFolder Folder { get; }

    /// <summary>What the answer is to hold.</summary>
    public AnswerOptions Options { get; init; } = AnswerOptions.All;

    public AnalysisProgress Progress { get; } = new();

    /// <summary>The request that brought the clip: its trace goes on in the analysis.</summary>
    public ActivityContext Request { get; }

    public string TraceId => Request.TraceId.ToHexString();

    /// <summary>The answer is not wanted any more.</summary>
    public CancellationToken Cancelled => _cancellation.Token;

    /// <summary>Why it is not wanted any more; null while it is.</summary>
    public Refusal? CancelledBecause => Volatile.Read(ref _cancelledBecause);

    /// <summary>The first reason stays.</summary>
    public void Cancel(Refusal why)
    {
        if (Interlocked.CompareExchange(ref _cancelledBecause, why, null) is null)
        {
            _cancellation.Cancel();
        }
    }

    /// <summary>Deletes what this attempt has left on disk.</summary>
    public void Dispose() => Folder.Dispose();
}
