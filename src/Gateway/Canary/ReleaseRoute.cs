using Emotion.Gateway.Releases;

namespace Emotion.Gateway.Canary;

/// <summary>As what a release answers a request.</summary>
public enum Arm
{
    /// <summary>As everybody's.</summary>
    Stable,

    /// <summary>As the one that is tried out.</summary>
    Canary,

    /// <summary>The caller named it; no evidence for or against a canary.</summary>
    Pinned,
}

/// <summary>The one release that answers all of an analysis, chosen once.</summary>
/// <param name="Generation">Of the canary channel when it was chosen; 0 where nothing was tried out.</param>
/// <param name="Client">Hash of the client's key; null where it gave none.</param>
public sealed record ReleaseRoute(OfferedRelease Release, Arm Arm, long Generation = 0, ulong? Client = null);
