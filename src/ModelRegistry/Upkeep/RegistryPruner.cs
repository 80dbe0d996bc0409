using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Upkeep;

/// <summary>What may go.</summary>
/// <param name="OlderThan">Published at least so long ago.</param>
/// <param name="Keep">So many of each model's newest versions stay whatever else is said.</param>
/// <param name="History">What the last so many moves of a channel name stays, so that it can be rolled back to.</param>
/// <param name="Releases">Releases too, which hold on to their versions otherwise.</param>
public sealed record PruneRequest(TimeSpan OlderThan, int Keep, int History, bool Releases);

/// <param name="Kind"><c>release</c>, <c>version</c>, <c>upload</c> (a version that was never finished) or <c>signature</c> (of a release that was never finished).</param>
/// <param name="Since">When it was written last.</param>
public sealed record PrunedItem(string Kind, string Name, DateTimeOffset Since, long Bytes);

/// <summary>
/// Finds and deletes what nothing refers to. A version's manifest goes first, so that a deletion that is interrupted leaves no half of
/// a version that anybody sees; the next one takes the rest.
/// </summary>
public sealed class RegistryPruner(Registry registry)
{
    /// <summary>An upload of which nothing was heard for so long has ended.</summary>
    public static readonly TimeSpan UploadsEndWithin = TimeSpan.FromDays(1);

    /// <summary>What would go, in the order in which it would.</summary>
    /// <exception cref="PackageIntegrityException">A channel or release cannot be read, so that nobody knows what it needs.</exception>
    public async Task<IReadOnlyList<PrunedItem>> PlanAsync(PruneRequest request, CancellationToken cancellationToken)
    {
        var now = registry.Clock.GetUtcNow();
        var uploads = await registry.Packages.UploadsAsync("", cancellationToken);
        var releases = await ReleasesAsync(request, now, cancellationToken);
        var kept = await KeptVersionsAsync(request, uploads, [.. releases.Where(release => !release.Goes).Select(release => release.Name)], now, cancellationToken);
        return
        [
            .. releases.Where(release => release.Goes).Select(release => new PrunedItem("release", release.Name, release.Since, release.Bytes)),
            .. from upload in uploads
               let name = $"{upload.Name}/{upload.Version}"
               where upload.IsComplete ? !kept.Contains(name) : now - upload.LastModified >= UploadsEndWithin
               select new PrunedItem(upload.IsComplete ? "version" : "upload", name, upload.LastModified, upload.Bytes),
            .. (await registry.Releases.LeftSignaturesAsync(cancellationToken))
                .Where(left => now - left.LastModified >= UploadsEndWithin)
                .Select(left => new PrunedItem("signature", left.Path, left.LastModified, left.Bytes)),
        ];
    }

    /// <summary>
    /// Deletes what the plan names, and asks before each what can have changed since: somebody may have promoted, published a release or
    /// gone on with an upload meanwhile.
    /// </summary>
    /// <returns>What went.</returns>
    public async Task<IReadOnlyList<PrunedItem>> PruneAsync(
        IReadOnlyList<PrunedItem> plan, PruneRequest request, CancellationToken cancellationToken)
    {
        var gone = new List<PrunedItem>();
        // Releases never change, so each is read once however many versions go.
        var models = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        foreach (var item in plan)
        {
            var isGone = item.Kind switch
            {
                "release" => await DeleteReleaseAsync(item, request, cancellationToken),
                "signature" => await DeleteSignatureAsync(item, cancellationToken),
                _ => await DeleteUploadAsync(item, models, cancellationToken),
            };
            if (isGone)
            {
                gone.Add(item);
            }
        }

        return gone;
    }

    private async Task<bool> DeleteReleaseAsync(PrunedItem item, PruneRequest request, CancellationToken cancellationToken)
    {
        if ((await NamedByChannelsAsync(request.History, cancellationToken)).Contains(item.Name))
        {
            return false;
        }

        await registry.Releases.DeleteAsync(item.Name, cancellationToken);
        return true;
    }

    private async Task<bool> DeleteSignatureAsync(PrunedItem item, CancellationToken cancellationToken)
    {
        var left = (await registry.Releases.LeftSignaturesAsync(cancellationToken)).FirstOrDefault(blob => blob.Path == item.Name);
        return left?.LastModified == item.Since && await registry.Blobs.DeleteAsListedAsync(left, cancellationToken);
    }

    private async Task<bool> DeleteUploadAsync(
        PrunedItem item, Dictionary<string, IReadOnlyDictionary<string, string>> models, CancellationToken cancellationToken)
    {
        // Listed first: what is written after this makes the deletion fail, what was written before it shows here.
        var uploads = await registry.Packages.UploadsAsync(item.Name + "/", cancellationToken);
        if (uploads is not [var upload] || upload.LastModified != item.Since || upload.IsComplete != (item.Kind == "version"))
        {
            return false;
        }

        foreach (var release in await registry.ReleasesAsync(cancellationToken))
        {
            if (!models.TryGetValue(release, out var of))
            {
                models[release] = of = (await registry.ReleaseAsync(release, cancellationToken)).Models;
            }

            if (of.GetValueOrDefault(upload.Name) == upload.Version)
            {
                return false;
            }
        }

        return await registry.Packages.DeleteAsync(upload, cancellationToken);
    }

    private async Task<IReadOnlyList<(string Name, DateTimeOffset Since, long Bytes, bool Goes)>> ReleasesAsync(
        PruneRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var named = await NamedByChannelsAsync(request.History, cancellationToken);
        return
        [
            .. from listed in await registry.Releases.ListAsync(cancellationToken)
               let goes = request.Releases && !named.Contains(listed.Name) && now - listed.Blob.LastModified >= request.OlderThan
               select (listed.Name, listed.Blob.LastModified, listed.Blob.Bytes, goes),
        ];
    }

    /// <summary>What channels offer, and what they can be rolled back to.</summary>
    private async Task<HashSet<string>> NamedByChannelsAsync(int history, CancellationToken cancellationToken)
    {
        var named = new HashSet<string>();
        foreach (var name in await registry.ChannelsAsync(cancellationToken))
        {
            if (await registry.ChannelAsync(name, cancellationToken) is not { Channel: var channel })
            {
                continue;
            }

            named.Add(channel.Release);
            if (ChannelHistory.Before(channel) is { } before)
            {
                named.Add(before.Release);
            }

            foreach (var change in channel.History.TakeLast(history))
            {
                named.Add(change.To);
                if (change.From is { } from)
                {
                    named.Add(from);
                }
            }
        }

        return named;
    }

    private async Task<HashSet<string>> KeptVersionsAsync(
        PruneRequest request, IReadOnlyList<Upload> uploads, IReadOnlyList<string> releases, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var kept = new HashSet<string>();
        foreach (var release in releases)
        {
            kept.UnionWith((await registry.ReleaseAsync(release, cancellationToken)).Models.Select(model => $"{model.Key}/{model.Value}"));
        }

        foreach (var model in uploads.Where(upload => upload.IsComplete).GroupBy(upload => upload.Name))
        {
            kept.UnionWith(model.OrderByDescending(upload => upload.Version, StringComparer.Ordinal).Take(request.Keep).Select(Name));
            kept.UnionWith(model.Where(upload => now - upload.LastModified < request.OlderThan).Select(Name));
        }

        // What is kept may still become a release, and then needs the versions that it was trained on.
        foreach (var upload in uploads.Where(upload => upload.IsComplete && kept.Contains(Name(upload))))
        {
            kept.UnionWith((await registry.ManifestAsync(upload.Name, upload.Version, cancellationToken)).TrainedOn.Select(on => $"{on.Key}/{on.Value}"));
        }

        return kept;

        static string Name(Upload upload) => $"{upload.Name}/{upload.Version}";
    }
}
