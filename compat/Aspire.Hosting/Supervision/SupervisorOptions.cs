using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Supervision;

/// <summary>Limits of the supervisor, from section <c>Supervisor</c> of the AppHost's configuration.</summary>
internal sealed class SupervisorOptions
{
    public const string Section = "Supervisor";

    /// <summary>The wait before the first restart; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan FirstRestartDelay { get; set; } = TimeSpan.FromSeconds(0.5);

    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan LongestRestartDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A process that lived this long begins again with the first delay.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan SteadyAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What one process gets between SIGTERM and SIGKILL.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>When stopping, whatever is left after this is killed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan StopWithin { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The pause between health probes before the first success.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan StartupProbePeriod { get; set; } = TimeSpan.FromSeconds(0.2);

    /// <summary>The pause between health probes afterwards.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan ProbePeriod { get; set; } = TimeSpan.FromSeconds(2);

    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>So many failed probes in a row make a running resource unhealthy.</summary>
    [Range(1, 100)]
    public int ProbeFailures { get; set; } = 3;

    [Range(1024, 1L << 32)]
    public long LogFileBytes { get; set; } = 8 << 20;

    /// <summary>Log files per resource, the current one included.</summary>
    [Range(1, 100)]
    public int LogFiles { get; set; } = 3;
}

/// <summary>Where the supervisor keeps its files: <c>Aspire:Store:Path</c>, relative to the AppHost's folder, or its obj folder.</summary>
internal sealed record SupervisorPaths(string Directory)
{
    public string Logs => Path.Combine(Directory, "logs");

    public string State => Path.Combine(Directory, "state.json");

    /// <summary>Mode 0600: what programs say to the dashboard.</summary>
    public string DashboardToken => Path.Combine(Directory, "dashboard.token");

    public string Lock => Path.Combine(Directory, "lock");

    public string LogOf(string resource) => Path.Combine(Logs, $"{resource}.log");

    public static SupervisorPaths Of(IDistributedApplicationBuilder builder) => new(Path.GetFullPath(
        builder.Configuration.GetValue<string>("Aspire:Store:Path") ?? "obj/.aspire", builder.AppHostDirectory));
}
