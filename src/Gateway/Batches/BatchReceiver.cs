using Emotion.Gateway.Api;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;
using Emotion.Media;
using Emotion.Media.Archives;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Emotion.Gateway.Batches;

/// <summary>
/// Streams the clips of one request to where clips lie: the parts named <c>clip</c> of a form, or the files of a zip, which is the part <c>zip</c> or the
/// whole body. A clip that is none, or too large, is an item with a problem; what is beyond the batch's own limits refuses all of it.
/// </summary>
public sealed class BatchReceiver(ClipReceiver receiver, ClipStore clips, FFMpegGuard guard, DiskRoom room, IOptions<BatchOptions> options, TimeProvider clock)
{
    private const string ClipPart = "clip", ZipPart = "zip";
    private const int OverheadBytes = 64 * 1024, OverheadBytesPerItem = 1024, Fields = 16, LongestName = 200;
    private const int BufferBytes = 64 * 1024, BytesBetweenLooks = 64 * 1024 * 1024;

    private readonly BatchOptions _options = options.Value;

    /// <exception cref="RefusedException">The request is refused.</exception>
    public async Task ReceiveAsync(HttpRequest request, ReceivedBatch batch, CancellationToken cancellationToken)
    {
        ClipReceiver.RefuseEncoded(request);
        BoundBody(request);
        using var deadline = new CancellationTokenSource(_options.UploadDeadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await (ClipReceiver.BoundaryOf(request) is { } boundary
                ? ReceiveFormAsync(new MultipartReader(boundary, request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 }, batch, either.Token)
                : UnpackAsync(request.Body, batch, either.Token));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status408RequestTimeout, "upload-too-slow", $"The upload took longer than {_options.UploadDeadline}."));
        }
        catch (BadHttpRequestException bad) when (bad.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw new RefusedException(BatchRefusals.TooLarge(_options.MaximumBytes), bad);
        }
        catch (InvalidDataException broken)
        {
            throw new RefusedException(BatchRefusals.BadRequest("bad-multipart", "The multipart body is malformed: " + broken.Message), broken);
        }

        if (batch.Items.Count == 0)
        {
            throw new RefusedException(BatchRefusals.BadRequest("no-clip", $"The multipart body has no part named {ClipPart} or {ZipPart}."));
        }
    }

    private void BoundBody(HttpRequest request)
    {
        var maximum = _options.MaximumBytes + OverheadBytes + ((long)_options.MaximumItems * OverheadBytesPerItem);
        if (request.ContentLength > maximum)
        {
            throw new RefusedException(BatchRefusals.TooLarge(_options.MaximumBytes));
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maximum;
        }
    }

    private async Task ReceiveFormAsync(MultipartReader form, ReceivedBatch batch, CancellationToken cancellationToken)
    {
        var fields = 0;
        var hasZip = false;
        while (await form.ReadNextSectionAsync(cancellationToken) is { } section)
        {
            switch (ClipReceiver.PartName(section))
            {
                case ClipPart:
                    await AddAsync(batch, NameOf(section), section.Body, cancellationToken);
                    break;
                case ZipPart when !hasZip:
                    hasZip = true; // Each would have all that a batch may unpack to.
                    await UnpackAsync(section.Body, batch, cancellationToken);
                    break;
                case var field when UploadFields.Names.Contains(field) && fields++ < Fields:
                    batch.Fields = batch.Fields.With(field, await ClipReceiver.ReadFieldAsync(section.Body, cancellationToken));
                    break;
                case var other:
                    throw new RefusedException(BatchRefusals.BadRequest(
                        "bad-multipart",
                        $"The part '{other}' means nothing here, or comes too often; the parts are {ClipPart}, {ZipPart}, {string.Join(", ", UploadFields.Names)}."));
            }
        }
    }

    private async Task AddAsync(ReceivedBatch batch, string name, Stream body, CancellationToken cancellationToken)
    {
        if (batch.Items.Count == _options.MaximumItems)
        {
            throw new RefusedException(BatchRefusals.TooManyItems(_options.MaximumItems));
        }

        room.Require(); // It was when the batch began to come, which may be long ago.
        var id = Guid.NewGuid().ToString("N");
        await using var clip = clips.Receive(id);
        using var digest = new RequestDigest();
        try
        {
            var (bytes, elapsed) = await receiver.StoreAsync(body, clip, digest, cancellationToken);
            await clip.CompleteAsync(cancellationToken);
            clip.Keep();
            batch.Add(new ReceivedItem(id, name, bytes, elapsed, digest.OfClip(), null));
        }
        catch (RefusedException refused)
        {
            batch.Add(new ReceivedItem(id, name, 0, TimeSpan.Zero, "", refused.Refusal));
        }
    }

    private async Task UnpackAsync(Stream body, ReceivedBatch batch, CancellationToken cancellationToken)
    {
        using var folder = guard.CreateFolder();
        var zip = folder.PathOf("batch.zip");
        await using (var file = new FileStream(zip, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous))
        {
            await CopyAsync(body, file, cancellationToken);
        }

        var most = Math.Min(_options.MaximumBytes, 4_294_967_294);
        var archive = new ClipArchive(new ClipArchiveOptions
        {
            MaximumBytes = most,
            MaximumEntries = Math.Min(65_534, 2 * _options.MaximumItems), // Folders are entries, too.
            MaximumEntryBytes = most, // One that is too large for a clip is refused alone.
            MaximumUnpackedBytes = _options.MaximumBytes,
            MaximumRatio = _options.MaximumRatio,
        });
        try
        {
            var unpacked = folder.PathOf("unpacked");
            var files = await archive.UnpackAsync(zip, unpacked, cancellationToken);
            File.Delete(zip);
            foreach (var file in files.OrderBy(file => file.Entry, StringComparer.Ordinal))
            {
                var path = Path.Combine(unpacked, file.Name);
                await using (var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous))
                {
                    await AddAsync(batch, file.Name, content, cancellationToken);
                }

                File.Delete(path); // What lies twice on the disk stays one clip.
            }
        }
        catch (ArchiveRefusedException refused)
        {
            throw new RefusedException(BatchRefusals.OfArchive(refused), refused);
        }
    }

    /// <summary>What the body may be is bounded; what others bring meanwhile is not.</summary>
    private async Task CopyAsync(Stream body, FileStream file, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        for (var look = 0L; ;)
        {
            if (file.Position >= look)
            {
                room.Require();
                look += BytesBetweenLooks;
            }

            var read = await body.ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                room.Require(); // It is unpacked next.
                return;
            }

            await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    /// <summary>As the caller's file is called, without its folders; empty where it has no name.</summary>
    private static string NameOf(MultipartSection section)
    {
        var disposition = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var parsed) ? parsed : null;
        var said = HeaderUtilities.RemoveQuotes(disposition?.FileNameStar.HasValue == true ? disposition.FileNameStar : disposition?.FileName ?? default).ToString();
        var name = string.Concat(said[(said.LastIndexOfAny(['/', '\\']) + 1)..].Where(character => !char.IsControl(character)));
        return name.Length > LongestName ? name[..LongestName] : name;
    }
}
