using Emotion.Contracts.Common.V1;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Releases;

/// <summary>Which releases a request may be answered with, out of what the replicas say they have loaded.</summary>
public static class CommonReleases
{
    /// <param name="services">
    /// For each service the answers of its ready replicas: those that hold a release at all. A replica that still loads, or is dead,
    /// gets no calls and so has no say.
    /// </param>
    /// <returns>
    /// What all of them hold, each with its window rule; first what most of them answer with by default, then the newest by name. What no
    /// channel points at any more is not among them, unless there is nothing else. None as long as a service has no ready replica.
    /// </returns>
    public static IReadOnlyList<OfferedRelease> Of(IReadOnlyList<IReadOnlyList<GetModelStatusResponse>> services)
    {
        if (services.Any(replicas => replicas.Count == 0))
        {
            return [];
        }

        var all = services.SelectMany(replicas => replicas).ToList();
        var common = all
            .SelectMany(replica => replica.Loaded)
            .GroupBy(loaded => loaded.Release, StringComparer.Ordinal)
            .Where(release => all.All(replica => Holds(replica, release.Key)))
            .ToList();
        var listed = common.Where(release => release.Any(loaded => !loaded.Unlisted)).ToList();
        return
        [
            .. (listed.Count > 0 ? listed : common)
                .OrderByDescending(release => all.Count(replica => replica.DefaultRelease == release.Key))
                .ThenByDescending(release => release.Key, StringComparer.Ordinal)
                .Where(release => release.First().ClipWindow is not null)
                .Select(release => new OfferedRelease(release.Key, new Features.ClipWindowSpec
                {
                    LengthSeconds = release.First().ClipWindow.LengthSeconds,
                    MinimumTailSeconds = release.First().ClipWindow.MinimumTailSeconds,
                })
                {
                    Licences = new ModelLicences(LicenceOf(release, "audio"), LicenceOf(release, "video"), null, LicenceOf(release, "fusion")),
                }),
        ];
    }

    /// <summary>
    /// Those replicas of a service that hold all that is offered: one that started late and still loads it must not take a release away
    /// from everybody. Where none does, all of them.
    /// </summary>
    public static IReadOnlyList<GetModelStatusResponse> WithSay(
        IReadOnlyList<GetModelStatusResponse> ready, IReadOnlyCollection<string> offered)
    {
        var whole = ready.Where(replica => offered.All(release => Holds(replica, release))).ToList();
        return whole.Count > 0 ? whole : ready;
    }

    /// <returns>Null where nobody tells it, as a service of an earlier version does not.</returns>
    internal static ModelLicence? LicenceOf(IEnumerable<GetModelStatusResponse.Types.Loaded> release, string model) =>
        release.FirstOrDefault(loaded => loaded.Model?.Name == model && loaded.Licence.Length > 0) is { } told
            ? new ModelLicence(told.Licence, told.AllowsCommercialUse)
            : null;

    private static bool Holds(GetModelStatusResponse replica, string release) => replica.Loaded.Any(loaded => loaded.Release == release);
}
