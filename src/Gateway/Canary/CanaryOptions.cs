using System.ComponentModel.DataAnnotations;

namespace Emotion.Gateway.Canary;

/// <summary>Section <c>Gateway:Canary</c>: which requests a canary gets, and when it is rolled back.</summary>
public sealed class CanaryOptions
{
    public const string Section = "Gateway:Canary";

    /// <summary>How often the channels <c>canary</c> and <c>shadow</c> are looked at, and a rollback that was not written is tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The request header by which a client always gets the same side.</summary>
    [Required]
    public string ClientKeyHeader { get; set; } = "X-Client-Key";

    /// <summary>
    /// Who does not send it is known by the key, and stays on one side with it. False: each analysis draws for itself, as it should where there are
    /// few keys, since of each client one analysis alone counts for latency and distribution.
    /// </summary>
    public bool StickToKeys { get; set; } = true;

    /// <summary>What this gateway calls itself in a channel's history.</summary>
    [Required]
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>False: a canary is watched and measured, and never rolled back by the gateway.</summary>
    public bool AutomaticRollback { get; set; } = true;

    /// <summary>
    /// The chance that a canary which is no different from stable is ever rolled back by this gateway, in its whole life: the sum over all
    /// looks, rules and views is not more.
    /// </summary>
    [Range(1e-9, 0.5)]
    public double FalseRollbackRate { get; set; } = 0.002;

    /// <summary>Answers of the canary between two looks.</summary>
    [Range(1, 10_000)]
    public int LookEvery { get; set; } = 25;

    /// <summary>The latest answers of the canary that a look is at; it is also at all of its life.</summary>
    [Range(10, 10_000)]
    public int Window { get; set; } = 100;

    /// <summary>Answers of the canary after which the view of all its life takes no more; that of the latest goes on.</summary>
    [Range(10, 1_000_000)]
    public int Life { get; set; } = 5000;

    /// <summary>Answers of stable that are kept to compare with.</summary>
    [Range(10, 100_000)]
    public int StableKept { get; set; } = 2000;

    /// <summary>With fewer answers of stable, latency and distribution are not compared, and errors only with <see cref="MaximumErrorRate"/>.</summary>
    [Range(1, 10_000)]
    public int MinimumStable { get; set; } = 50;

    /// <summary>Clients that are remembered, so that each counts once for latency and distribution; those beyond do not count there.</summary>
    [Range(1, 10_000_000)]
    public int ClientsRemembered { get; set; } = 100_000;

    /// <summary>By how much more of its requests than stable's may fail.</summary>
    [Range(0.0, 1.0)]
    public double MaximumErrorIncrease { get; set; } = 0.02;

    /// <summary>Share of its requests that may fail where there is no stable to compare with, as with a share of 100 %.</summary>
    [Range(0.0, 1.0)]
    public double MaximumErrorRate { get; set; } = 0.2;

    /// <summary>How many times as long as stable it may take for a second of clip, at the median and at the 90th percentile.</summary>
    [Range(1.0, 100.0)]
    public double MaximumLatencyRatio { get; set; } = 1.5;

    /// <summary>
    /// The population stability index of its predictions against stable's that is let pass whatever the sample: 0.25 is where a shift is
    /// called major. On few answers chance alone makes more, and the threshold is then that of chance.
    /// </summary>
    [Range(0.0, 100.0)]
    public double MaximumShift { get; set; } = 0.25;

    /// <summary>What keeps a client on one side; empty where each analysis draws for itself.</summary>
    public string ClientOf(HttpRequest request, string key) =>
        request.Headers[ClientKeyHeader] is { Count: > 0 } named ? named.ToString() : StickToKeys ? key : "";
}
