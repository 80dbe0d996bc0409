using System.Net;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Callbacks;

/// <summary>What may be given as <c>callback</c>, before anybody looks where its name leads.</summary>
public sealed class CallbackAddress(IOptions<CallbackOptions> options)
{
    /// <summary>What a field of a form may hold, too.</summary>
    public const int LongestAddress = 1024;

    private const string Reason = "bad-callback";

    public static Refusal Off(int status) => new(status, "callbacks-off", "This gateway sends no callbacks: its operator has set no Gateway:Callbacks:Secret.");

    /// <exception cref="RefusedException">It is no address that a callback could go to.</exception>
    public void Require(string callback)
    {
        if (!options.Value.IsOn)
        {
            throw new RefusedException(Off(StatusCodes.Status400BadRequest));
        }

        if (Fault(callback) is { } fault)
        {
            throw new RefusedException(new Refusal(StatusCodes.Status400BadRequest, Reason, "The callback " + fault));
        }
    }

    private string? Fault(string callback)
    {
        if (callback.Length > LongestAddress)
        {
            return $"must be of at most {LongestAddress:N0} characters.";
        }

        if (!Uri.TryCreate(callback, UriKind.Absolute, out var address) || (address.Scheme != Uri.UriSchemeHttps && address.Scheme != Uri.UriSchemeHttp))
        {
            return "must be an address that begins with https:// or http://.";
        }

        if (address.Scheme == Uri.UriSchemeHttp && !options.Value.AllowHttp)
        {
            return "must begin with https://.";
        }

        if (address.UserInfo.Length > 0 || address.Fragment.Length > 0)
        {
            return "must have no name, no password and no fragment (#) in it.";
        }

        // A courtesy: what counts is checked when the connection is made.
        return IPAddress.TryParse(address.DnsSafeHost, out var literal) && !options.Value.AllowPrivate && !PublicAddresses.Contain(literal)
            ? "must lead to a public address."
            : null;
    }
}
