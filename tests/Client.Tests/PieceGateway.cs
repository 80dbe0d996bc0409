using System.Globalization;
using System.Net;
using System.Text;

namespace Emotion.Client.Tests;

/// <summary>A gateway of a few lines that takes one clip in pieces, as tus 1.0.0 says, and breaks off where the test says.</summary>
internal sealed class PieceGateway : IDisposable
{
    private readonly HttpListener _listener;
    private readonly List<string> _asked = [];
    private long _length;

    public PieceGateway()
    {
        (_listener, Address) = LoopbackGateway.Listen();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>Of the clip, each byte once.</summary>
    public List<byte> Arrived { get; } = [];

    /// <summary>Method, path and query of every request so far, and the offset of a piece: one that a client has given up may still come.</summary>
    public List<string> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    /// <summary>Of the request that analyses it.</summary>
    public string? Key { get; private set; }

    /// <summary>For each piece that comes: after how many bytes the connection breaks off; none are left: it does not.</summary>
    public Queue<int> BreakAfter { get; } = new();

    /// <summary>Once all of it is there.</summary>
    public (int Status, string Body) Accepted { get; set; } = (202, """{ "id": "a1", "status": "queued" }""");

    /// <summary>For each piece that comes: the status that refuses it; 0: none does.</summary>
    public Queue<int> Refuse { get; } = new();

    /// <summary>What a clip with its answer drawn on it is, served in parts.</summary>
    public byte[] Overlay { get; set; } = [];

    /// <summary>It has forgotten what came.</summary>
    public bool IsForgotten { get; set; }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                await AnswerAsync(context.Request, context.Response);
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The test has ended, or the client has gone.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var offset = request.Headers["Upload-Offset"];
        var range = request.Headers["Range"];
        lock (_asked)
        {
            _asked.Add($"{request.HttpMethod} {request.Url!.PathAndQuery}{(offset is null ? "" : " at " + offset)}{(range is null ? "" : " of " + range)}");
        }

        switch (request.HttpMethod)
        {
            case "POST" when request.Url.AbsolutePath == "/v1/uploads":
                (_length, IsForgotten) = (long.Parse(request.Headers["Upload-Length"]!, CultureInfo.InvariantCulture), false);
                Arrived.Clear();
                response.StatusCode = 201;
                response.RedirectLocation = "/v1/uploads/u1";
                break;
            case "HEAD":
                response.StatusCode = IsForgotten ? 404 : 200;
                response.Headers["Upload-Length"] = _length.ToString(CultureInfo.InvariantCulture);
                response.Headers["Upload-Offset"] = Arrived.Count.ToString(CultureInfo.InvariantCulture);
                break;
            case "PATCH" when Refuse.TryDequeue(out var status) && status > 0:
                await request.InputStream.CopyToAsync(Stream.Null);
                response.StatusCode = status;
                break;
            case "PATCH":
                Assert.Equal(Arrived.Count.ToString(CultureInfo.InvariantCulture), offset);
                if (!await TakeAsync(request.InputStream))
                {
                    response.Abort();
                    return;
                }

                response.StatusCode = 204;
                response.Headers["Upload-Offset"] = Arrived.Count.ToString(CultureInfo.InvariantCulture);
                break;
            case "GET":
                var from = range is null ? 0 : int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
                var left = BreakAfter.TryDequeue(out var bytes) ? bytes : int.MaxValue;
                response.StatusCode = range is null ? 200 : 206;
                response.ContentLength64 = Overlay.Length - from;
                await response.OutputStream.WriteAsync(Overlay.AsMemory(from, Math.Min(Overlay.Length - from, left)));
                if (left < Overlay.Length - from)
                {
                    await response.OutputStream.FlushAsync();
                    response.Abort();
                    return;
                }

                break;
            case "DELETE":
                response.StatusCode = 204;
                break;
            default:
                Key = request.Headers["Idempotency-Key"];
                response.StatusCode = Accepted.Status;
                response.ContentType = "application/json";
                await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Accepted.Body));
                break;
        }

        response.Close();
    }

    /// <returns>False where it broke off.</returns>
    private async Task<bool> TakeAsync(Stream body)
    {
        var left = BreakAfter.TryDequeue(out var bytes) ? bytes : int.MaxValue;
        var buffer = new byte[64 * 1024];
        int read;
        while (left > 0 && (read = await body.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)))) > 0)
        {
            Arrived.AddRange(buffer[..read]);
            left -= read;
        }

        return left > 0;
    }
}
