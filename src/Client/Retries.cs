using System.Net;

namespace Emotion.Client;

/// <summary>Sends a request until it is answered, as often as the options allow.</summary>
internal sealed class Retries(EmotionClientOptions options)
{
    public int Maximum => options.MaximumRetries;

    /// <param name="send">Sends it anew; the last answer is the caller's to read and dispose of, whatever it says.</param>
    /// <param name="canRepeat">Whether it can be sent again, and whether what broke off may be: one that changes nothing, or carries a key by which it is known again.</param>
    /// <param name="cancellationToken">Ends waiting too.</param>
    /// <exception cref="HttpRequestException">The gateway cannot be reached.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        Func<CancellationToken, Task<HttpResponseMessage>> send, Func<bool> canRepeat, CancellationToken cancellationToken)
    {
        for (var tried = 0; ; tried++)
        {
            HttpResponseMessage? response = null;
            try
            {
                response = await send(cancellationToken);
                if (!IsBusy(response.StatusCode) || tried >= Maximum || response.Headers.RetryAfter?.Delta > options.LongestAsked || !canRepeat())
                {
                    return response;
                }
            }
            catch (HttpRequestException) when (tried < Maximum && canRepeat())
            {
                // Not reached, or broken off before an answer.
            }

            var asked = response?.Headers.RetryAfter?.Delta;
            response?.Dispose();
            await Task.Delay(Pause(tried, asked), cancellationToken);
        }
    }

    /// <param name="tried">So many times without success.</param>
    /// <param name="asked">What the gateway asks for; null where it does not.</param>
    public TimeSpan Pause(int tried, TimeSpan? asked = null)
    {
        var own = options.FirstPause * Math.Pow(2, Math.Min(tried, 30)) * (0.75 + Random.Shared.NextDouble() / 2);
        var pause = asked > own ? asked.Value : own;
        return pause < options.LongestPause ? pause : options.LongestPause;
    }

    /// <summary>The same request may be answered in a moment.</summary>
    public static bool IsBusy(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway;
}
