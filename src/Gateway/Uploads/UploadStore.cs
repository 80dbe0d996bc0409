using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Emotion.Gateway.Jobs;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Uploads;

/// <summary>An upload as it is now.</summary>
/// <param name="Length">Bytes that are to come in all.</param>
/// <param name="Offset">Bytes that have come and are on the disk.</param>
/// <param name="Expires">Unless more of it comes.</param>
public sealed record OpenUpload(string Id, long Length, long Offset, DateTimeOffset Expires)
{
    public bool IsComplete => Offset == Length;
}

/// <summary>A clip that came in pieces, before the request that it is for.</summary>
/// <param name="Bytes">Null where the request is known, and needs none of them.</param>
public sealed record UploadedClip(string Id, FileStream? Bytes, IDisposable? Hold) : IDisposable
{
    public void Dispose()
    {
        Bytes?.Dispose();
        Hold?.Dispose();
    }
}

/// <summary>
/// Clips that come in pieces, in the data folder of the gateway that they come to: a file each, <c>ID-LENGTH-OWNER</c>, that grows. What is in it is what has
/// come, also after a kill; nothing else has to be kept. Whose it is is the last part of its name.
/// </summary>
public sealed partial class UploadStore
{
    private const int BufferBytes = 64 * 1024;

    private readonly string _folder;
    private readonly DiskRoom _room;
    private readonly UploadOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, bool> _busy = new(StringComparer.Ordinal);
    private readonly Lock _creation = new();

    public UploadStore(DataFolder folder, DiskRoom room, IOptions<UploadOptions> options, TimeProvider clock)
    {
        (_folder, _room, _options, _clock) = (folder.PathOf("uploads"), room, options.Value, clock);
        DataFolder.CreatePrivate(_folder);
    }

    public static Refusal Unknown { get; } = new(
        StatusCodes.Status404NotFound, "unknown-upload", "There is no such upload at this gateway, or it was used, deleted, or left alone for too long.");

    /// <param name="owner">Id of the key; empty where keys are off, and everybody is nobody in particular.</param>
    /// <exception cref="RefusedException">Too many are open, or too many of this key, or the disk is full.</exception>
    public OpenUpload Create(long length, string owner)
    {
        _room.Require();
        lock (_creation)
        {
            var open = Directory.GetFiles(_folder);
            if (owner.Length > 0 && open.Count(path => path.EndsWith("-" + owner, StringComparison.Ordinal)) >= _options.OfAKey)
            {
                throw new RefusedException(new Refusal(
                    StatusCodes.Status429TooManyRequests, "too-many-at-once", $"The key may have {_options.OfAKey:N0} uploads open, and has them. Use one, or delete it.")
                {
                    RetryAfter = TimeSpan.FromSeconds(30),
                });
            }

            if (open.Length >= _options.MaximumOpen)
            {
                throw new RefusedException(new Refusal(
                    StatusCodes.Status503ServiceUnavailable, "too-many-uploads", $"{_options.MaximumOpen} uploads are open already. Try again later.")
                {
                    RetryAfter = TimeSpan.FromSeconds(30),
                });
            }

            var id = Guid.NewGuid().ToString("N");
            var path = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{id}-{length}-{owner}"));
            File.Create(path).Dispose();
            Touch(path);
            return Of(path);
        }
    }

    /// <param name="only">Whose it has to be; null: anybody's.</param>
    /// <exception cref="RefusedException">There is none of that name, or it has expired.</exception>
    public OpenUpload Find(string id, string? only) => Of(PathOf(id, only));

    /// <summary>Adds what comes, and keeps it also where the rest of it does not come.</summary>
    /// <param name="only">Whose it has to be; null: anybody's.</param>
    /// <param name="offset">Where the sender believes that the upload is.</param>
    /// <exception cref="RefusedException">There is none of that name; the offset is another one; more comes than was said; somebody else adds to it.</exception>
    public async Task<OpenUpload> AppendAsync(string id, string? only, long offset, Stream body, CancellationToken cancellationToken)
    {
        using var hold = Hold(id);
        var path = PathOf(id, only);
        var before = Of(path);
        if (before.Offset != offset)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status409Conflict, "wrong-offset", $"The upload is at {before.Offset}, not at {offset}. Ask by HEAD, and go on from there."));
        }

        _room.Require();
        await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous);
        try
        {
            var buffer = new byte[BufferBytes];
            for (int read; (read = await body.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (file.Position + read > before.Length)
                {
                    throw new RefusedException(new Refusal(
                        StatusCodes.Status413PayloadTooLarge, "too-many-bytes", $"More comes than the {before.Length} bytes that the upload was to have."));
                }

                await file.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None); // Whole, or the offset would not be what it seems.
            }
        }
        finally
        {
            RandomAccess.FlushToDisk(file.SafeFileHandle);
            Touch(path);
        }

        return before with { Offset = file.Position, Expires = ExpiryOf(path) };
    }

    /// <summary>To read from, while nobody adds to it and nobody deletes it.</summary>
    /// <exception cref="RefusedException">There is none of that name, or some of it has still to come.</exception>
    public UploadedClip Open(string id, string? only)
    {
        var hold = Hold(id);
        try
        {
            var path = PathOf(id, only);
            return Of(path) is { IsComplete: true }
                ? new UploadedClip(id, new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous), hold)
                : throw new RefusedException(new Refusal(StatusCodes.Status409Conflict, "upload-incomplete", "Some of the upload has still to come."));
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <exception cref="RefusedException">There is none of that name, or somebody adds to it.</exception>
    public void Delete(string id, string? only)
    {
        using var hold = Hold(id);
        File.Delete(PathOf(id, only));
    }

    /// <summary>Its clip is where clips are.</summary>
    public void Forget(UploadedClip used)
    {
        foreach (var path in Directory.EnumerateFiles(_folder, used.Id + "-*"))
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes what has expired.</summary>
    public void Sweep()
    {
        foreach (var path in Directory.EnumerateFiles(_folder))
        {
            var id = Path.GetFileName(path).Split('-')[0];
            if (ExpiryOf(path) < _clock.GetUtcNow() && _busy.TryAdd(id, true))
            {
                File.Delete(path);
                _busy.TryRemove(id, out _);
            }
        }
    }

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Name();

    private Admission Hold(string id) => _busy.TryAdd(id, true)
        ? new Admission(() => _busy.TryRemove(id, out _))
        : throw new RefusedException(new Refusal(StatusCodes.Status423Locked, "upload-busy", "Another request works on the upload. Try again once it has ended."));

    private string PathOf(string id, string? only) =>
        (Name().IsMatch(id) ? Directory.EnumerateFiles(_folder, $"{id}-*-{only ?? "*"}").FirstOrDefault() : null) is { } path && ExpiryOf(path) >= _clock.GetUtcNow()
            ? path
            : throw new RefusedException(Unknown);

    private OpenUpload Of(string path)
    {
        var parts = Path.GetFileName(path).Split('-');
        return new OpenUpload(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture), new FileInfo(path).Length, ExpiryOf(path));
    }

    private DateTimeOffset ExpiryOf(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero) + _options.ExpireAfter;

    private void Touch(string path) => File.SetLastWriteTimeUtc(path, _clock.GetUtcNow().UtcDateTime);
}
