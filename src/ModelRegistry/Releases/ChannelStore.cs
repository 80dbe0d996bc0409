using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Signing;

namespace Emotion.ModelRegistry.Releases;

/// <summary><c>channels/NAME.json</c>; its signature is metadata of the same blob and changes with it.</summary>
internal sealed class ChannelStore(BlobStore blobs, RegistryKeys keys, SeenGenerations seen, ModelRegistryOptions options, TimeProvider clock)
{
    private const string Folder = "channels/";
    private const string Ending = ".json";

    /// <summary>Null while nothing was ever promoted to it.</summary>
    /// <exception cref="PackageIntegrityException">Unsigned, altered, or older than what was seen.</exception>
    public async Task<ChannelSnapshot?> ReadAsync(string channel, CancellationToken cancellationToken)
    {
        var snapshot = await PeekAsync(channel, cancellationToken);
        if (snapshot is not null && snapshot.Channel.Generation < seen.Highest(channel))
        {
            // Services that share a cache share what they have seen: one of them may have read a promotion after this one read.
            snapshot = await PeekAsync(channel, cancellationToken);
        }

        if (snapshot is not null)
        {
            seen.Check(channel, snapshot.Channel.Generation);
        }

        return snapshot;
    }

    /// <summary>The same without the look at what was seen: for who compares with <see cref="HighestSeen"/>.</summary>
    /// <exception cref="PackageIntegrityException">Unsigned, altered, or of a generation that no promotions lead to.</exception>
    public async Task<ChannelSnapshot?> PeekAsync(string channel, CancellationToken cancellationToken)
    {
        var path = PathOf(channel);
        if (await blobs.ReadAsync(path, cancellationToken) is not { } blob)
        {
            return null;
        }

        var signedBy = keys.Verify(path, blob.Content, blob.Signature);
        var manifest = RegistryJson.Read<ChannelManifest>(blob.Content, path);
        seen.RefuseAbsurd(channel, manifest.Generation);
        return new ChannelSnapshot(manifest, blob.ETag) { SignedBy = signedBy };
    }

    /// <summary>The highest generation that was read or written here; 0 where none was.</summary>
    public long HighestSeen(string channel) => seen.Highest(channel);

    public Task<string?> ETagAsync(string channel, CancellationToken cancellationToken) => blobs.ETagAsync(PathOf(channel), cancellationToken);

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(Folder, cancellationToken))
        {
            // Anybody who writes may leave any blob there; what is no channel's name is none, and 'verify' tells it.
            if (RegistryNames.Within(Folder, Ending, blob.Path) is { } name)
            {
                names.Add(name);
            }
        }

        return names;
    }

    /// <exception cref="RegistryConflictException">It is not any more what <paramref name="move"/> was decided on.</exception>
    /// <exception cref="ArgumentException"><see cref="ChannelMove.PastGeneration"/> is out of reach.</exception>
    public async Task<ChannelManifest> MoveAsync(ChannelMove move, CancellationToken cancellationToken)
    {
        var before = move.Before;
        seen.RefuseAbsurd(move.Channel, before?.Generation ?? 0);
        var known = Math.Max(before?.Generation ?? 0, seen.Highest(move.Channel));
        if (move.PastGeneration < 0 || move.PastGeneration > checked(known + SeenGenerations.Jump))
        {
            // A generation near the last number that there is could never be moved past again.
            throw new ArgumentException(
                $"The generation {move.PastGeneration} to move past is none: 0 to {known + SeenGenerations.Jump} here, {SeenGenerations.Jump} above the highest that is known ({known}).");
        }

        var generation = checked(Math.Max(known, move.PastGeneration) + 1);
        var change = new ChannelChange(move.Who, clock.GetUtcNow(), move.Why, before?.Release, move.Release)
        {
            Share = move.Share,
            IsRollback = move.IsRollback,
            HaltedBy = move.HaltedBy,
            Overruled = move.Overruled.Count > 0 ? move.Overruled : null,
        };
        var after = new ChannelManifest
        {
            Release = move.Release,
            Share = move.Share,
            Generation = generation,
            History = [.. (before?.History ?? []).TakeLast(options.HistoryLength - 1), change],
        };
        var path = PathOf(move.Channel);
        var content = BlobStore.Serialize(after);
        await blobs.ReplaceAsync(path, content, keys.Sign(path, content), move.ETag, cancellationToken);
        // Who wrote it knows it: the state before, played back, is refused here too.
        seen.Remember(move.Channel, generation);
        return after;
    }

    /// <summary>Signs the state as it is anew, as a move of its own: readers take it up like any other.</summary>
    public async Task<ChannelManifest> SignAsync(string channel, StoredBlob stored, string who, CancellationToken cancellationToken)
    {
        var before = RegistryJson.Read<ChannelManifest>(stored.Content, PathOf(channel));
        return await MoveAsync(
            new ChannelMove(channel, before.Release, before.Share, who, $"signed by key {keys.SigningKeyId}") { Before = before, ETag = stored.ETag }, cancellationToken);
    }

    public static string PathOf(string channel) => $"{Folder}{RegistryNames.Checked(channel, "channel")}{Ending}";
}

/// <summary>A channel's next state, decided on the state that was read.</summary>
internal sealed record ChannelMove(string Channel, string Release, double Share, string Who, string Why)
{
    /// <summary>The state it was decided on; null where there was none, or none that could be read.</summary>
    public ChannelManifest? Before { get; init; }

    /// <summary>Of the blob that is replaced; null where there was none.</summary>
    public string? ETag { get; init; }

    public bool IsRollback { get; init; }

    public string? HaltedBy { get; init; }

    public IReadOnlyList<string> Overruled { get; init; } = [];

    /// <summary>The generation that readers are known to have seen, where the channel itself was lost or restored.</summary>
    public long PastGeneration { get; init; }
}
