using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Callbacks;

/// <summary>Section <c>Gateway:Callbacks</c>: how those who gave an address are told of outcomes. Why so: docs/decisions/callbacks.md.</summary>
public sealed class CallbackOptions : IValidatableObject
{
    public const string Section = "Gateway:Callbacks";

    /// <summary><c>whsec_</c> and 24 to 64 bytes in Base64, with which every delivery is signed. Empty: callbacks are refused.</summary>
    public string Secret { get; set; } = "";

    /// <summary>The secret before, for as long as receivers still check by it: deliveries carry a signature by each. Empty: none.</summary>
    public string PreviousSecret { get; set; } = "";

    /// <summary>Addresses that are not public are allowed, too: loopback, private networks, this machine's neighbours. For development, and where all callers are trusted.</summary>
    public bool AllowPrivate { get; set; }

    /// <summary>Addresses that begin with <c>http:</c> are allowed, too: whoever is on the way reads along.</summary>
    public bool AllowHttp { get; set; } = true;

    /// <summary>Deliveries under way at the same time.</summary>
    [Range(1, 256)]
    public int Concurrent { get; set; } = 4;

    /// <summary>How often a delivery is tried in all, before it is dead.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 8;

    /// <summary>After the first try that failed; four times as long after each further one, give or take a fifth.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    [Range(typeof(TimeSpan), "00:00:00.001", "24:00:00")]
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Until a connection stands.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan ConnectDeadline { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>From the look for its address until the receiver has answered.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A delivery that would be larger comes without the analysis, and says where it is.</summary>
    [Range(1024, 256 * 1024 * 1024)]
    public int MaximumBytes { get; set; } = 8 * 1024 * 1024;

    public bool IsOn => Secret.Length > 0;

    /// <summary>Those to sign with, the present one first.</summary>
    internal IEnumerable<byte[]> Keys => new[] { Secret, PreviousSecret }.Where(secret => secret.Length > 0).Select(secret => CallbackSignature.KeyOf(secret)!);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        new[] { (nameof(Secret), Secret), (nameof(PreviousSecret), PreviousSecret) }
            .Where(named => named.Item2.Length > 0 && CallbackSignature.KeyOf(named.Item2) is null)
            .Select(named => new ValidationResult($"{Section}:{named.Item1} must be whsec_ and 24 to 64 bytes in Base64.", [named.Item1]));
}
