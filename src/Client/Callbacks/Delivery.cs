namespace Emotion.Client;

/// <summary>That the receiver of a callback is told of the outcome of an analysis.</summary>
public sealed record Delivery
{
    /// <summary>As the header webhook-id tells it, the same however often it is tried.</summary>
    public required string Id { get; init; }

    public required DeliveryState Status { get; init; }

    /// <summary>Scheme and host of the receiver.</summary>
    public required string To { get; init; }

    /// <summary>How often it was tried.</summary>
    public required int Attempts { get; init; }

    /// <summary>When the analysis ended, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null where it is not tried again.</summary>
    public DateTimeOffset? NextTryAt { get; init; }

    /// <summary>Null until the receiver has it.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>HTTP status of its last answer; null where it did not answer.</summary>
    public int? LastStatus { get; init; }

    /// <summary>Why the last try failed, in a word, as <c>timeout</c>; null where it did not.</summary>
    public string? LastError { get; init; }
}

public enum DeliveryState
{
    Pending,
    Sending,
    Delivered,

    /// <summary>It was tried often enough, or the receiver wants no more.</summary>
    Dead,
}
