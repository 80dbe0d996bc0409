using Emotion.Gateway.Keys;

namespace Emotion.Gateway.Sessions;

/// <summary>Whether a request comes from a page that has signed in.</summary>
public sealed class SessionCheck(SessionStore store, KeyCheck keys)
{
    /// <summary>What the page sends with each request that changes something.</summary>
    public const string TokenHeader = "X-CSRF-Token";

    private static readonly Refusal Ended = KeyCheck.Unauthorized("session-ended", "The page is not signed in any more. Sign in with the key again.");

    private static readonly Refusal BadToken = new(
        StatusCodes.Status403Forbidden, "bad-csrf-token", $"A request by the page's cookie that changes something needs the header {TokenHeader} that GET /v1/session tells.");

    /// <returns>Null where there is no session.</returns>
    /// <exception cref="RefusedException">It is not let in.</exception>
    public async Task<Caller?> CheckAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (SessionId.Of(request) is not { } id)
        {
            return null;
        }

        if (await store.FindAsync(id, cancellationToken) is not { } found)
        {
            throw new RefusedException(Ended);
        }

        var changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
        if (changes && !id.HasToken(request.Headers[TokenHeader].ToString()))
        {
            throw new RefusedException(BadToken);
        }

        return await keys.CheckAsync(found.Key, id, cancellationToken);
    }
}
