using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Aspire.Dashboard.Login;

/// <summary>
/// Who may look: whoever knows the token of this run, which the address that is printed carries. A browser gives it once for a cookie; programs
/// send it as <c>Authorization: Bearer</c>. Telemetry comes with a key of its own, so that no other process of the machine can invent any.
/// </summary>
internal sealed class DashboardLogin
{
    public const string TelemetryHeader = "x-otlp-api-key";

    private const int TokenBytes = 16;

    // Cookies are for a host and all of its ports: two dashboards must not take each other's away.
    private readonly string _cookie = $"dashboard-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    private readonly string _session = RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true);

    public string Token { get; } = RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true);

    public string TelemetryKey { get; } = RandomNumberGenerator.GetHexString(2 * TokenBytes, lowercase: true);

    /// <summary>The page, its files and its questions, once somebody has logged in.</summary>
    public bool IsIn(HttpRequest request) => Same(request.Cookies[_cookie], _session) || IsProgram(request);

    public bool MaySendTelemetry(HttpRequest request) => Same(request.Headers[TelemetryHeader], TelemetryKey);

    /// <summary>
    /// A page of another site may make a browser send the cookie along (another port is the same site), and cannot set this header. A program that has the token needs
    /// none.
    /// </summary>
    public bool MayChange(HttpRequest request) => IsProgram(request) || (IsIn(request) && request.Headers.ContainsKey("x-dashboard"));

    /// <returns>False where the token is wrong.</returns>
    public bool LogIn(string? token, HttpResponse response)
    {
        if (!Same(token, Token))
            return false;
        response.Cookies.Append(_cookie, _session, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
        return true;
    }

    private bool IsProgram(HttpRequest request) => Same(request.Headers.Authorization, $"Bearer {Token}");

    private static bool Same(string? given, string known) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given ?? ""), Encoding.UTF8.GetBytes(known));
}
