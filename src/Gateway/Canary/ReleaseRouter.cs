using Emotion.Gateway.Releases;

namespace Emotion.Gateway.Canary;

/// <summary>Chooses the release of a request: what the caller names, else the canary for its share, else stable.</summary>
public sealed class ReleaseRouter(ReleaseOffer offer, Rollout rollout)
{
    /// <param name="pinned">The release that the caller asks for; null or empty: none.</param>
    /// <param name="id">Of the analysis.</param>
    /// <param name="clientKey">What keeps a client on one side; null or empty: the analysis draws for itself.</param>
    /// <exception cref="RefusedException">What is asked for is not offered, or nothing is.</exception>
    public ReleaseRoute Choose(string? pinned, string id, string? clientKey)
    {
        var release = offer.Choose(pinned);
        if (!string.IsNullOrEmpty(pinned))
        {
            return new ReleaseRoute(release, Arm.Pinned);
        }

        ulong? client = string.IsNullOrEmpty(clientKey) ? null : StableHash.Of(clientKey);
        if (rollout.Canary is not { } plan || plan.Release == release.Name || offer.Find(plan.Release) is not { } canary)
        {
            return new ReleaseRoute(release, Arm.Stable, Client: client);
        }

        return plan.Takes(client is null ? id : clientKey!)
            ? new ReleaseRoute(canary, Arm.Canary, plan.Generation, client)
            : new ReleaseRoute(release, Arm.Stable, plan.Generation, client);
    }
}
