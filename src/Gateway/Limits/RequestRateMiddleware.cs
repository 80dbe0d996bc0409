using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Limits;

/// <summary>Lets a key's requests through as fast as it may ask. Between finding out who it is and what it may do, so that what is refused counts.</summary>
internal sealed class RequestRateMiddleware(RequestDelegate next, RequestRates rates)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (Caller.TryOf(context.User) is { Limits: { } limits } caller && context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is not null)
        {
            var taken = rates.Take(caller.Key, limits);
            var window = TimeSpan.FromMinutes((double)limits.Burst / limits.RequestsPerMinute);
            RateLimitFields.Add(context, "requests", limits.Burst, window, taken.Remaining, taken.Full);
            if (!taken.IsTaken)
            {
                throw new RefusedException(new Refusal(
                    StatusCodes.Status429TooManyRequests, "rate-limited", $"The key may ask {limits.RequestsPerMinute:N0} times a minute, {limits.Burst:N0} times at once.")
                {
                    RetryAfter = taken.RetryAfter,
                });
            }
        }

        return next(context);
    }
}
