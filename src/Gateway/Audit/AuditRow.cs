namespace Emotion.Gateway.Audit;

/// <summary>One act, as it stays. Times are milliseconds of Unix time.</summary>
public sealed class AuditRow
{
    /// <summary>In the order of writing.</summary>
    public long Number { get; set; }

    public long At { get; init; }

    /// <summary>Id of the key that did it; empty where keys are off, and for what the gateway does by itself.</summary>
    public required string KeyId { get; init; }

    /// <summary>What was done, as <c>analysis.delete</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Id of the analysis or key that it was done to; null where there is none.</summary>
    public string? Subject { get; init; }

    /// <summary><c>done</c>, or the reason of the refusal.</summary>
    public required string Outcome { get; init; }

    /// <summary>JSON of what else is to be known, as the use that a key is for; null mostly. Never words of a clip, never a secret.</summary>
    public string? Detail { get; init; }
}
