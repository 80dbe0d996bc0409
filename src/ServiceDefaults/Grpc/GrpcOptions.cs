using System.ComponentModel.DataAnnotations;

namespace Emotion.ServiceDefaults;

/// <summary>Limits of the gRPC services of this process.</summary>
public sealed class GrpcServerOptions
{
    /// <summary>The section of configuration.</summary>
    public const string Section = "Grpc:Server";

    /// <summary>A larger request message is refused with ResourceExhausted.</summary>
    /// <remarks>The largest is that to fusion: some 5 KB for each window of a clip.</remarks>
    [Range(1024, 1 << 30)]
    public int MaximumReceiveBytes { get; set; } = 32 << 20;

    /// <summary>A larger response message fails the call with ResourceExhausted.</summary>
    [Range(1024, 1 << 30)]
    public int MaximumSendBytes { get; set; } = 16 << 20;
}

/// <summary>How this process calls the services of the system.</summary>
public sealed class GrpcClientOptions
{
    /// <summary>The section of configuration.</summary>
    public const string Section = "Grpc:Client";

    /// <summary>A larger response message fails the call.</summary>
    [Range(1024, 1 << 30)]
    public int MaximumReceiveBytes { get; set; } = 16 << 20;

    /// <summary>A larger request message fails the call.</summary>
    [Range(1024, 1 << 30)]
    public int MaximumSendBytes { get; set; } = 32 << 20;

    /// <summary>A connection on which nothing comes in for so long is asked whether it lives.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KeepAliveDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A connection that does not answer that within this is dropped: its replica hangs or is gone.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For making a connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause before a replica that is gone is tried again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan LongestReconnectBackOff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a name that stands for several replicas, as that of a headless service, is looked up again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan NameRefresh { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the connection of a replica whose address has gone from its name is kept: it may still finish what it works on.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan KeepGone { get; set; } = TimeSpan.FromMinutes(5);
}
