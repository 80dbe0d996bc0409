using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Batches;

/// <summary>Many clips that came in one request, each of them an analysis of its own.</summary>
public sealed record Batch
{
    /// <summary>Name of the batch.</summary>
    public required string Id { get; init; }

    /// <summary>Whether something of it is under way.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>When all of its clips had arrived, in UTC.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>How many of its clips are how far.</summary>
    public required BatchCounts Counts { get; init; }

    internal static Batch Of(BatchRow row, IReadOnlyDictionary<AnalysisState, int> counts)
    {
        var (queued, running) = (counts.GetValueOrDefault(AnalysisState.Queued), counts.GetValueOrDefault(AnalysisState.Running));
        return new Batch
        {
            Id = row.Id,
            Status = queued + running > 0 ? BatchStatus.Running : BatchStatus.Done,
            AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
            Counts = new BatchCounts(row.Items, queued, running, counts.GetValueOrDefault(AnalysisState.Done), counts.GetValueOrDefault(AnalysisState.Failed)),
        };
    }
}

/// <summary>How far a batch is.</summary>
public enum BatchStatus
{
    /// <summary>Some of its clips wait or are being worked on.</summary>
    Running,

    /// <summary>Every clip has its answer or its problem.</summary>
    Done,
}

/// <summary>How many clips of a batch are how far; what is missing in the sum was deleted or kept long enough.</summary>
/// <param name="Total">That came.</param>
/// <param name="Queued">That wait for their turn.</param>
/// <param name="Running">That are being worked on.</param>
/// <param name="Done">That have an answer.</param>
/// <param name="Failed">That have none, and will have none.</param>
public sealed record BatchCounts(int Total, int Queued, int Running, int Done, int Failed)
{
    internal int Kept => Queued + Running + Done + Failed;
}

/// <summary>A batch and a page of its clips.</summary>
public sealed record BatchPage
{
    /// <summary>The batch.</summary>
    public required Batch Batch { get; init; }

    /// <summary>Its clips, in the order that they came in; those of a zip by their names.</summary>
    public required IReadOnlyList<BatchItem> Items { get; init; }

    /// <summary>What to give as after for the next page; null on the last one.</summary>
    public string? Next { get; init; }
}

/// <summary>One page of the batches that the gateway knows.</summary>
/// <param name="Items">The newest first.</param>
/// <param name="Next">What to give as after for the next page; null on the last one.</param>
public sealed record BatchList(IReadOnlyList<Batch> Items, string? Next);

/// <summary>One clip of a batch.</summary>
public sealed record BatchItem
{
    /// <summary>From 0, in the order that they came in.</summary>
    public required int Position { get; init; }

    /// <summary>Of its file, without folders.</summary>
    public required string Name { get; init; }

    /// <summary>Name of its analysis: all of it is at /v1/analyses/{id}.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is, or how it ended.</summary>
    public required AnalysisState Status { get; init; }

    /// <summary>Why there is no answer, in one word for programs; null unless it failed.</summary>
    public string? Reason { get; init; }

    /// <summary>Why there is no answer, in a sentence for people; null unless it failed.</summary>
    public string? Detail { get; init; }

    /// <summary>It failed by no fault of its clip, which is kept: POST /v1/analyses/{id}/retry begins it anew.</summary>
    public bool Retryable { get; init; }

    /// <summary>Length of the clip; null until it is done.</summary>
    public double? Seconds { get; init; }

    /// <summary>The most probable emotion of the whole clip; null until it is done, and where there is none.</summary>
    public string? Prediction { get; init; }

    /// <summary>How far that can be relied on; null until it is done.</summary>
    public FusedStatus? Certainty { get; init; }

    internal static BatchItem Of(JobRow row)
    {
        var problem = row.Problem is { } told ? JobJson.Read<Refusal>(told) : null;
        return new BatchItem
        {
            Position = row.Place,
            Name = row.Name ?? "",
            Id = row.Id,
            Status = row.State,
            Reason = problem?.Reason,
            Detail = problem?.Detail,
            Retryable = row.Retryable,
            Seconds = row.Seconds,
            Prediction = row.Prediction,
            Certainty = row.Certainty,
        };
    }
}
