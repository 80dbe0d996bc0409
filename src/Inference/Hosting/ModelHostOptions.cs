using System.ComponentModel.DataAnnotations;
using Emotion.ModelRegistry.Releases;

namespace Emotion.Inference.Hosting;

/// <summary>Section <c>ModelHost</c>: which releases a service holds, and how it follows them.</summary>
public sealed class ModelHostOptions
{
    public const string SectionName = "ModelHost";

    /// <summary>Empty: stable, canary, shadow. The release of the first that is loaded answers requests which name none.</summary>
    [MaxLength(8)]
    public IList<string> Channels { get; set; } = [];

    /// <summary>
    /// How often channels are looked at. Lengthened by up to a fifth at random, so that replicas do not ask together; a tenth of it
    /// until a first model is there.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A release that fails to load is tried again after the poll interval, doubled each time up to this.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "1.00:00:00")]
    public TimeSpan MaxRetryInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A release that left all channels is kept this long after it was last asked for, or named by a gateway that still holds it.
    /// Longer than gateways ask (<c>Gateway:Calls:StatusPeriod</c>).
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan KeepUnlisted { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Releases beyond those of the channels that are loaded because gateways hold them, and remembered as such.</summary>
    [Range(0, 64)]
    public int MaximumHeld { get; set; } = 4;

    /// <summary>Fetch, check, build and warm-up of one package together.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How many steps, as of <c>nice</c>, the checking of a package and the building of its graphs are behind the process that answers: 0 not at all. On
    /// Linux, and where graphs share threads (<c>Inference:SharedThreads</c>).
    /// </summary>
    [Range(0, 19)]
    public int LoadNiceness { get; set; } = 10;

    /// <summary>
    /// A release beside another one is checked, and then built, when no other replica with the same cache (<c>ModelRegistry:CacheDirectory</c>) checks or
    /// builds one. Who is not ready yet waits for nobody.
    /// </summary>
    public bool LoadsTakeTurns { get; set; } = true;

    /// <summary>Longest wait for each such turn; then it is checked or built all the same, since who has the turn may hang.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan TurnTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Releases may come without a model for this service: it is ready then, with nothing to serve. Else that is a failure.</summary>
    public bool Optional { get; set; }

    internal IReadOnlyList<string> ChannelsOrDefault =>
        Channels.Count > 0 ? [.. Channels] : [ChannelManifest.Stable, ChannelManifest.Canary, ChannelManifest.Shadow];
}
