using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Microsoft.Extensions.Options;

namespace Emotion.ModelRegistry.Promotion;

/// <summary>What somebody asks for.</summary>
/// <param name="Why">Kept in the channel's history with who and when.</param>
public sealed record PromotionRequest(string Release, string Channel, double Share, string Who, string Why)
{
    /// <summary>Goes ahead against what can be overruled; the history then says what that was.</summary>
    public bool Force { get; init; }

    /// <summary>The generation that readers say they have seen, where the channel was lost or restored from a backup.</summary>
    public long PastGeneration { get; init; }
}

/// <param name="Overruled">Objections that force overruled.</param>
public sealed record PromotionOutcome(ChannelManifest Channel, IReadOnlyList<PromotionObjection> Overruled);

/// <summary>Moves a channel to a release if <see cref="PromotionGate"/> has nothing against it.</summary>
public sealed class ReleasePromoter(Registry registry, IOptions<ModelPolicyOptions> policy)
{
    /// <exception cref="PromotionRefusedException">The gate stays shut.</exception>
    /// <exception cref="RegistryConflictException">Somebody else moved the channel since it was looked at.</exception>
    public async Task<PromotionOutcome> PromoteAsync(PromotionRequest request, CancellationToken cancellationToken)
    {
        Registry.CheckShare(request.Channel, request.Share);
        var candidate = await ReadAsync(await registry.ReleaseAsync(request.Release, cancellationToken), cancellationToken);
        var (before, etag, unreadable) = await CurrentAsync(request.Channel, cancellationToken);
        List<PromotionObjection> objections = [.. unreadable];
        JudgedRelease? current = null;
        // A channel that takes its first requests takes them from stable.
        var takesFromStable = etag is null && request.Channel != ChannelManifest.Stable;
        var comparedWith = takesFromStable ? ChannelManifest.Stable : request.Channel;
        try
        {
            var stands = takesFromStable ? (await registry.ChannelAsync(comparedWith, cancellationToken))?.Channel : before;
            if (stands is not null && stands.Release != request.Release)
            {
                current = await ReadAsync(await registry.ReleaseAsync(stands.Release, cancellationToken), cancellationToken);
            }
        }
        catch (Exception gone) when (gone is RegistryNotFoundException or PackageIntegrityException)
        {
            objections.Add(new PromotionObjection(ObjectionKind.NotComparable, $"What {comparedWith} points to cannot be read: {gone.Message}"));
        }

        objections.AddRange(PromotionGate.Check(candidate, current, policy.Value));
        if (objections.Any(objection => !(request.Force && objection.CanBeOverruled)))
        {
            throw new PromotionRefusedException(request.Release, request.Channel, objections);
        }

        var move = new ChannelMove(request.Channel, request.Release, request.Share, request.Who, request.Why)
        {
            Before = before,
            ETag = etag,
            Overruled = [.. objections.Select(objection => objection.Message)],
            PastGeneration = request.PastGeneration,
        };
        return new PromotionOutcome(await registry.Channels.MoveAsync(move, cancellationToken), objections);
    }

    private async Task<(ChannelManifest? Before, string? ETag, IReadOnlyList<PromotionObjection> Unreadable)> CurrentAsync(
        string channel, CancellationToken cancellationToken)
    {
        // First, so that a change between the two reads is a conflict and not overwritten.
        var etag = await registry.ChannelETagAsync(channel, cancellationToken);
        var highest = registry.Channels.HighestSeen(channel);
        try
        {
            var snapshot = await registry.Channels.PeekAsync(channel, cancellationToken);
            return (snapshot?.Channel, snapshot?.ETag, snapshot?.Channel.Generation < highest
                ?
                [
                    new PromotionObjection(
                        ObjectionKind.WentBack,
                        $"Channel {channel} went back from generation {highest} to {snapshot.Channel.Generation}: an older one was played back or restored, and its history since would be lost."),
                ]
                : []);
        }
        catch (PackageIntegrityException altered)
        {
            return (null, etag, [new PromotionObjection(ObjectionKind.NotComparable, $"Channel {channel} cannot be read, and its history would be lost: {altered.Message}")]);
        }
    }

    private async Task<JudgedRelease> ReadAsync(ReleaseManifest release, CancellationToken cancellationToken)
    {
        var manifests = new Dictionary<string, ModelManifest>();
        foreach (var (name, version) in release.Models)
        {
            manifests[name] = await registry.ManifestAsync(name, version, cancellationToken);
        }

        return new JudgedRelease(release, manifests);
    }
}
