namespace Emotion.Gateway.Callbacks;

/// <summary>That somebody is to be told of the outcome of an analysis; deleted with it. Times are milliseconds of Unix time.</summary>
public sealed class DeliveryRow
{
    public long Number { get; set; }

    /// <summary>The same however often it is tried.</summary>
    public required string Id { get; init; }

    /// <summary>Id of the analysis.</summary>
    public required string Job { get; init; }

    public required string Url { get; init; }

    public DeliveryState State { get; set; }

    public long CreatedAt { get; init; }

    /// <summary>Nobody takes it before.</summary>
    public long NextTryAt { get; set; }

    /// <summary>How often it was begun.</summary>
    public int Attempts { get; set; }

    /// <summary>The gateway that sends it.</summary>
    public string? LeaseOwner { get; set; }

    /// <summary>After this, that gateway counts as gone.</summary>
    public long? LeaseUntil { get; set; }

    /// <summary>Rises with each claim: whoever holds an older one can write nothing any more.</summary>
    public long Claim { get; set; }

    public long? DeliveredAt { get; set; }

    /// <summary>HTTP status of the last answer.</summary>
    public int? LastStatus { get; set; }

    /// <summary>Why the last try failed, in one word; null where it did not.</summary>
    public string? LastError { get; set; }
}

/// <summary>How far a delivery is.</summary>
public enum DeliveryState
{
    /// <summary>Waits for its first or next try.</summary>
    Pending,

    /// <summary>Is being tried.</summary>
    Sending,

    /// <summary>The receiver has answered that it has it.</summary>
    Delivered,

    /// <summary>Given up: tried too often, or to no purpose. It can be sent again by hand.</summary>
    Dead,
}
