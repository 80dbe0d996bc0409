using System.Globalization;

namespace Emotion.Gateway.Limits;

/// <summary>
/// The headers <c>RateLimit-Policy</c> and <c>RateLimit</c> of draft-ietf-httpapi-ratelimit-headers-10, an item for each limit that the request has met:
/// <code>
/// RateLimit-Policy: "requests";q=120;w=12, "clips";q=5000;w=86400
/// RateLimit: "requests";r=119;t=1, "clips";r=4990;t=3600
/// </code>
/// q is how much a window of w seconds holds, r what is left of it, t the seconds until it is whole again.
/// </summary>
internal sealed class RateLimitFields
{
    private readonly List<(string Policy, string State)> _items = [];

    /// <summary>Is in the answer, whatever it turns out to be: an exception's handler clears what is set before.</summary>
    public static void Add(HttpContext context, string name, int quota, TimeSpan window, int remaining, TimeSpan reset)
    {
        if (context.Features.Get<RateLimitFields>() is not { } fields)
        {
            context.Features.Set(fields = new RateLimitFields());
            context.Response.OnStarting(() => fields.WriteAsync(context.Response));
        }

        fields._items.Add((
            string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={quota};w={Seconds(window)}"),
            string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={remaining};t={Seconds(reset)}")));
    }

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);

    private Task WriteAsync(HttpResponse response)
    {
        response.Headers["RateLimit-Policy"] = string.Join(", ", _items.Select(item => item.Policy));
        response.Headers["RateLimit"] = string.Join(", ", _items.Select(item => item.State));
        return Task.CompletedTask;
    }
}
