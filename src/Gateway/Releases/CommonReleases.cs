using Emotion.Contracts.Common.V1;

namespace Emotion.Gateway.Releases;

/// <summary>Which releases a request may be answered with, out of what the replicas say they have loaded.</summary>
public static class CommonReleases
{
    /// <param name="services">
    /// For each service the answers of its ready replicas: those that hold a release at all. A replica that still loads, or is dead,
    /// gets no calls and so has no say.
    /// </param>
    /// <returns>
    /// What all of them hold, each with its window rule; first what most of them answer with by default, then the newest by name.
    /// None as long as a service has no ready replica.
    /// </returns>
    public static IReadOnlyList<OfferedRelease> Of(IReadOnlyList<IReadOnlyList<GetModelStatusResponse>> services)
    {
        if (services.Any(replicas => replicas.Count == 0))
        {
            return [];
        }

        var all = services.SelectMany(replicas => replicas).ToList();
        return
        [
            .. all
                .SelectMany(replica => replica.Loaded)
                .GroupBy(loaded => loaded.Release, StringComparer.Ordinal)
                .Where(release => all.All(replica => replica.Loaded.Any(loaded => loaded.Release == release.Key)))
                .OrderByDescending(release => all.Count(replica => replica.DefaultRelease == release.Key))
                .ThenByDescending(release => release.Key, StringComparer.Ordinal)
                .Select(release => release.First())
                .Where(loaded => loaded.ClipWindow is not null)
                .Select(loaded => new OfferedRelease(loaded.Release, new Features.ClipWindowSpec
                {
                    LengthSeconds = loaded.ClipWindow.LengthSeconds,
                    MinimumTailSeconds = loaded.ClipWindow.MinimumTailSeconds,
                })),
        ];
    }
}
