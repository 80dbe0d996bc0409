using System.Text.Json.Serialization;

namespace Emotion.ModelRegistry.Releases;

/// <summary>
/// A coherent set of model versions, immutable, at <c>releases/NAME.json</c>. Fusion is trained on the feature maps of exact
/// upstream versions, so they move together.
/// </summary>
public sealed record ReleaseManifest
{
    public required string Release { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Model name to version.</summary>
    public required IReadOnlyDictionary<string, string> Models { get; init; }

    /// <summary>How clips are cut, for sound and picture alike; part of the release, since it changes the numbers.</summary>
    public required ReleaseClipWindow ClipWindow { get; init; }
}

/// <summary>The clip-window spec as stored; Features gives it its meaning.</summary>
public sealed record ReleaseClipWindow(double LengthSeconds, double MinimumTailSeconds);

/// <summary>
/// The only mutable blob, <c>channels/NAME.json</c>: which release the channel points at, for which share of the requests, and how it
/// came there. Changed only against the ETag that was read.
/// </summary>
public sealed record ChannelManifest
{
    public const string Stable = "stable";
    public const string Canary = "canary";

    /// <summary>Sees copies of a share of the requests; what it answers is compared and thrown away.</summary>
    public const string Shadow = "shadow";

    public required string Release { get; init; }

    /// <summary>Share of the requests, 0..1. Always 1 for <c>stable</c>.</summary>
    public required double Share { get; init; }

    /// <summary>Only rises: an older channel that is played back is noticed.</summary>
    public required long Generation { get; init; }

    /// <summary>Newest last, bounded by <see cref="ModelRegistryOptions.HistoryLength"/>.</summary>
    public required IReadOnlyList<ChannelChange> History { get; init; }

    /// <summary>The move by which a gateway took the requests away from this release, as long as nobody has given it any since; else null.</summary>
    public ChannelChange? Halt() => Share > 0
        ? null
        : History.Reverse().TakeWhile(change => change.To == Release && change.Share == 0).FirstOrDefault(change => change.HaltedBy is not null);
}

/// <summary>One move of a channel.</summary>
public sealed record ChannelChange(string Who, DateTimeOffset When, string Why, string? From, string To)
{
    /// <summary>The share that came with it; null in what was written before shares were remembered.</summary>
    public double? Share { get; init; }

    /// <summary>True for a step back to what the channel pointed to before.</summary>
    public bool IsRollback { get; init; }

    /// <summary>The rule by which a gateway took the share away by itself, such as <c>errors</c>; null for a move that somebody made.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HaltedBy { get; init; }

    /// <summary>What spoke against it and was overruled with force; null where nothing was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Overruled { get; init; }
}

/// <summary>A channel together with the ETag it was read at.</summary>
public sealed record ChannelSnapshot(ChannelManifest Channel, string ETag)
{
    /// <summary>The id of the key that signed it; null where no key is configured.</summary>
    public string? SignedBy { get; init; }
}
