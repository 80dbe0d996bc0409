using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Emotion.Client.Tests;

/// <summary>A gateway of a few lines on loopback: answers what the test says, and remembers what it was sent.</summary>
internal sealed class LoopbackGateway : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<int, string, Answer> _answer;

    public LoopbackGateway(Func<int, string, Answer> answer)
    {
        _answer = answer;
        (_listener, Address) = Listen();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>Bodies of the POST requests.</summary>
    public List<byte[]> Uploads { get; } = [];

    /// <summary>Path and query of every request.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Who every request said it was; empty where it did not.</summary>
    public List<string> Authorizations { get; } = [];

    /// <summary>Of the POST requests, what they are to be known again by.</summary>
    public List<string> Keys { get; } = [];

    /// <summary>On a port that nobody has; one that somebody took since it was looked for is left to them.</summary>
    public static (HttpListener Listener, Uri Address) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            var (listener, address) = (new HttpListener(), new Uri($"http://127.0.0.1:{FreePort()}/"));
            listener.Prefixes.Add(address.ToString());
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // The next one.
            }
        }
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        for (var request = 0; _listener.IsListening; request++)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Asked.Add(context.Request.Url!.PathAndQuery);
            Authorizations.Add(context.Request.Headers["Authorization"] ?? "");
            if (context.Request.HttpMethod == "POST")
            {
                Keys.Add(context.Request.Headers["Idempotency-Key"] ?? "");
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                Uploads.Add(body.ToArray());
            }

            var answer = _answer(request, context.Request.Url!.PathAndQuery);
            context.Response.StatusCode = answer.Status;
            context.Response.ContentType = answer.ContentType;
            if (answer.Location is not null)
            {
                context.Response.RedirectLocation = answer.Location;
            }

            if (answer.RetryAfter is not null)
            {
                context.Response.Headers["Retry-After"] = answer.RetryAfter;
            }

            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.Body));
            context.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

internal sealed record Answer(int Status, string Body, string ContentType = "application/json", string? Location = null, string? RetryAfter = null);
