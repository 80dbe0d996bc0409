using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Sessions;

/// <summary>Section <c>Gateway:Sessions</c>: pages that have signed in with a key.</summary>
public sealed class PageSessionOptions
{
    public const string Section = "Gateway:Sessions";

    /// <summary>After it, the page asks for the key again.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Of one key at the same time; the oldest go first.</summary>
    [Range(1, 100_000)]
    public int PerKey { get; set; } = 100;

    /// <summary>Browsers reach the page by https, though the gateway itself is reached by http: something in front of it does the TLS.</summary>
    public bool BehindTls { get; set; }
}
