using Emotion.Gateway.Analyses;
using Emotion.Gateway.Api;
using Emotion.Gateway.Canary;

namespace Emotion.Gateway.Jobs;

/// <summary>An accepted clip as the database keeps it, from before its caller hears of it until it is forgotten. Times are milliseconds of Unix time.</summary>
public sealed class JobRow
{
    /// <summary>In the order of acceptance.</summary>
    public long Number { get; set; }

    /// <summary>Names its clip too.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the key that sent it; empty where keys are off, or were not there yet.</summary>
    public string Owner { get; init; } = "";

    /// <summary>The batch that it came with; null where it came alone.</summary>
    public string? Batch { get; init; }

    /// <summary>In its batch, from 0.</summary>
    public int Place { get; init; }

    /// <summary>Of its file in the batch.</summary>
    public string? Name { get; init; }

    public string? IdempotencyKey { get; set; }

    /// <summary>Of what came with that key.</summary>
    public string? RequestDigest { get; init; }

    public AnalysisState State { get; set; }

    public required string Release { get; set; }

    /// <summary><see cref="JobRequest"/> as JSON; without the words of the clip once it has ended.</summary>
    public required string Request { get; set; }

    /// <summary>W3C: the trace of the request that brought the clip goes on in the analysis.</summary>
    public required string TraceParent { get; init; }

    public long CreatedAt { get; init; }

    public long? StartedAt { get; set; }

    public long? EndedAt { get; set; }

    /// <summary>How often it was begun.</summary>
    public int Attempts { get; set; }

    /// <summary>Nobody takes it before.</summary>
    public long NextTryAt { get; set; }

    /// <summary>The gateway that works on it.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>After this, that gateway counts as gone.</summary>
    public long? LeaseUntil { get; set; }

    /// <summary>Rises with each claim: whoever holds an older one can write nothing any more.</summary>
    public long Claim { get; set; }

    /// <summary>Why it is to end, for the gateway that works on it; <see cref="Refusal"/> as JSON.</summary>
    public string? CancelledBecause { get; set; }

    /// <summary>Why there is no answer; <see cref="Refusal"/> as JSON.</summary>
    public string? Problem { get; set; }

    public string? Reason { get; set; }

    /// <summary>It failed by no fault of its own, and its clip is kept so that it can be tried again.</summary>
    public bool Retryable { get; set; }

    public double? Seconds { get; set; }

    public string? Prediction { get; set; }

    public FusedStatus? Certainty { get; set; }

    /// <summary><see cref="Analysis"/> as compressed JSON.</summary>
    public byte[]? Result { get; set; }
}

/// <summary>What an analysis needs beside its clip.</summary>
/// <param name="Bytes">Of the clip.</param>
/// <param name="UploadMilliseconds">How long it took to come.</param>
/// <param name="Text">What is said of its words.</param>
/// <param name="Route">The release that was chosen when it came.</param>
public sealed record JobRequest(long Bytes, double UploadMilliseconds, TextRequest Text, ReleaseRoute Route)
{
    /// <summary>Where its outcome is told; null where nobody asked.</summary>
    public string? Callback { get; init; }

    /// <summary>What its answer is to hold.</summary>
    public AnswerOptions Options { get; init; } = AnswerOptions.All;
}
