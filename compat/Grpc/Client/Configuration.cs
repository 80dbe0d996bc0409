using Grpc.Core;

namespace Grpc.Net.Client.Configuration;

/// <summary>How calls of a channel are balanced and retried.</summary>
public sealed class ServiceConfig
{
    /// <summary>The most specific name wins: method, then service, then <see cref="MethodName.Default"/>.</summary>
    public IList<MethodConfig> MethodConfigs { get; } = [];

    /// <summary>The first that is known is taken; pick_first where there is none.</summary>
    public IList<LoadBalancingConfig> LoadBalancingConfigs { get; } = [];

    public RetryThrottlingPolicy? RetryThrottling { get; set; }
}

public sealed class MethodConfig
{
    public IList<MethodName> Names { get; } = [];

    public RetryPolicy? RetryPolicy { get; set; }
}

public sealed class MethodName
{
    public static readonly MethodName Default = new();

    /// <summary>With its package; null for every service.</summary>
    public string? Service { get; set; }

    /// <summary>Null for every method of the service.</summary>
    public string? Method { get; set; }
}

/// <summary>Only for methods that may run twice. All five must be set.</summary>
public sealed class RetryPolicy
{
    /// <summary>The first one included.</summary>
    public int? MaxAttempts { get; set; }

    public TimeSpan? InitialBackoff { get; set; }

    public TimeSpan? MaxBackoff { get; set; }

    public double? BackoffMultiplier { get; set; }

    public IList<StatusCode> RetryableStatusCodes { get; } = [];
}

/// <summary>No retries while more than half of the tokens are gone: a failure takes one, a success gives back the ratio.</summary>
public sealed class RetryThrottlingPolicy
{
    public int? MaxTokens { get; set; }

    public double? TokenRatio { get; set; }
}

public abstract class LoadBalancingConfig(string loadBalancingPolicyName)
{
    public const string PickFirstPolicyName = "pick_first";
    public const string RoundRobinPolicyName = "round_robin";

    public string PolicyName { get; } = loadBalancingPolicyName;
}

/// <summary>Every call goes to the first address that can be reached.</summary>
public sealed class PickFirstConfig() : LoadBalancingConfig(PickFirstPolicyName);

/// <summary>Each call goes to the next address that can be reached.</summary>
public sealed class RoundRobinConfig() : LoadBalancingConfig(RoundRobinPolicyName);
