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
        if (snapshot is not null)
        {
            seen.Check(channel, snapshot.Channel.Generation);
        }

        return snapshot;
    }

    /// <summary>The same for whoever is about to move it: one that went back is moved past what was seen, not refused.</summary>
    public async Task<ChannelSnapshot?> PeekAsync(string channel, CancellationToken cancellationToken)
    {
        var path = PathOf(channel);
        if (await blobs.ReadAsync(path, cancellationToken) is not { } blob)
        {
            return null;
        }

        var signedBy = keys.Verify(path, blob.Content, blob.Signature);
        return new ChannelSnapshot(RegistryJson.Read<ChannelManifest>(blob.Content, path), blob.ETag) { SignedBy = signedBy };
    }

    public Task<string?> ETagAsync(string channel, CancellationToken cancellationToken) => blobs.ETagAsync(PathOf(channel), cancellationToken);

    public async Task<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in blobs.ListAsync(Folder, cancellationToken))
        {
            if (blob.Path.EndsWith(Ending, StringComparison.Ordinal))
            {
                names.Add(blob.Path[Folder.Length..^Ending.Length]);
            }
        }

        return names;
    }

    /// <exception cref="RegistryConflictException">It is not any more what <paramref name="move"/> was decided on.</exception>
    public async Task<ChannelManifest> MoveAsync(ChannelMove move, CancellationToken cancellationToken)
    {
        var before = move.Before;
        var generation = Math.Max(Math.Max(before?.Generation ?? 0, seen.Highest(move.Channel)), move.PastGeneration) + 1;
        var change = new ChannelChange(move.Who, clock.GetUtcNow(), move.Why, before?.Release, move.Release)
        {
            Share = move.Share,
            IsRollback = move.IsRollback,
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

    public IReadOnlyList<string> Overruled { get; init; } = [];

    /// <summary>The generation that readers are known to have seen, where the channel itself was lost or restored.</summary>
    public long PastGeneration { get; init; }
}
