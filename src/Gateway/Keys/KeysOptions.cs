using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Keys;

/// <summary>Whether callers must have keys.</summary>
public enum KeysMode
{
    /// <summary>Nobody is let in without one.</summary>
    Required,

    /// <summary>Everybody may do everything: for those who let nobody reach the gateway but through something that knows them.</summary>
    Off,
}

/// <summary>Section <c>Gateway:Keys</c>: who is let in.</summary>
public sealed class KeysOptions
{
    public const string Section = "Gateway:Keys";

    public KeysMode Mode { get; set; }

    /// <summary>
    /// The first key, from a secret, with the scope admin alone: <c>emo_ID_SECRET</c>, or <c>emo_ID_sha256:HASH</c> with the SHA-256 of all of
    /// it, so that not even the secret store has it. Another secret under the same id takes the place of the one before. Empty: none.
    /// </summary>
    [RegularExpression("emo_[0-9a-f]{16}_(sha256:)?[0-9a-f]{64}")]
    public string Bootstrap { get; set; } = "";

    /// <summary>For a developer's machine: the file that gets a key with all scopes (mode 0600) where it has none that is good. Empty: none.</summary>
    public string DeveloperFile { get; set; } = "";

    /// <summary>How long the old secret is good after a rotation that does not say so.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan RotationGrace { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Keys that are known, those that were revoked or have expired among them. One more is refused with 409.</summary>
    [Range(1, 1_000_000)]
    public int MaximumKeys { get; set; } = 10_000;

    /// <summary>How long a key is remembered that was revoked or has expired.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "3650.00:00:00")]
    public TimeSpan KeptAfterEnd { get; set; } = TimeSpan.FromDays(90);

    /// <summary>When a key was used last is written at most this often.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UsedPrecision { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often what was kept long enough is deleted.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromMinutes(1);
}
