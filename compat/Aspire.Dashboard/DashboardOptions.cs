using System.ComponentModel.DataAnnotations;

namespace Aspire.Dashboard;

/// <summary>Section <c>Dashboard</c>: whether there is one, where, and how much it remembers. What is more, the oldest goes.</summary>
public sealed class DashboardOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Dashboard";

    /// <summary>Off: no page, and resources send their telemetry nowhere unless <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>On 127.0.0.1; 0: any that is free.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>Lines of console output, of each resource.</summary>
    [Range(10, 100_000)]
    public int ConsoleLines { get; set; } = 2000;

    /// <summary>Characters of a line; the rest is cut.</summary>
    [Range(80, 100_000)]
    public int LineLength { get; set; } = 4000;

    /// <summary>Traces.</summary>
    [Range(10, 100_000)]
    public int Traces { get; set; } = 1000;

    /// <summary>Spans of one trace; what comes later is counted and not kept.</summary>
    [Range(10, 100_000)]
    public int SpansOfATrace { get; set; } = 1000;

    /// <summary>Log records of all resources.</summary>
    [Range(10, 1_000_000)]
    public int LogRecords { get; set; } = 5000;

    /// <summary>Instruments with their attributes, of all resources; what is new beyond is not kept.</summary>
    [Range(10, 100_000)]
    public int Series { get; set; } = 2000;

    /// <summary>Points of each; at one every five seconds an hour.</summary>
    [Range(10, 100_000)]
    public int Points { get; set; } = 720;

    /// <summary>Of one message of telemetry.</summary>
    [Range(1024, 256 << 20)]
    public int MessageBytes { get; set; } = 4 << 20;

    /// <summary>Browsers that are told of changes as they happen.</summary>
    [Range(1, 1000)]
    public int Followers { get; set; } = 16;
}
