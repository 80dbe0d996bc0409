using System.Net;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>Asks a resource over HTTP whether it is ready.</summary>
internal sealed class HealthProbe(TimeSpan timeout) : IDisposable
{
    private const int LongestAnswer = 64 << 10;
    private const int LongestQuote = 300;

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,

        // Probes are nobody's trace.
        ActivityHeadersPropagator = null,
    })
    { Timeout = timeout, MaxResponseContentBufferSize = LongestAnswer };

    /// <summary>Null when it is ready, else what is wrong.</summary>
    public async Task<string?> CheckAsync(IResource resource, HealthProbeAnnotation probe, CancellationToken cancellationToken)
    {
        var address = probe.Endpoint().Url + probe.Path;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (resource.Annotations.OfType<Http2ServiceAnnotation>().Any())
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }
        else
        {
            // A server that waits for open connections before it ends shall not wait for ours.
            request.Headers.ConnectionClose = true;
        }

        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            if (probe.StatusCode is null || (int)response.StatusCode == probe.StatusCode)
                return null;

            // Services say in the body which check is not passed yet.
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return $"{address} answered {(int)response.StatusCode} instead of {probe.StatusCode}: {body[..Math.Min(body.Length, LongestQuote)]}";
        }
        catch (HttpRequestException exception)
        {
            return $"{address}: {exception.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{address} did not answer within {timeout.TotalSeconds:0.#} s";
        }
    }

    public void Dispose() => _client.Dispose();
}
