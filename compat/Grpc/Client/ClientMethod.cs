using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace Grpc.Net.Client;

/// <summary>What a channel knows of one method, worked out once.</summary>
internal sealed class ClientMethod(IMethod method, Uri? address, RetryRule? retry)
{
    public string FullName => method.FullName;

    public string ServiceName => method.ServiceName;

    public string Name => method.Name;

    /// <summary>Null where each call picks its replica.</summary>
    public Uri? Uri { get; } = address is null ? null : new Uri(address, method.FullName);

    public RetryRule? Retry { get; } = method.Type == MethodType.Unary ? retry : null;
}

/// <summary>A retry policy that has been checked.</summary>
internal sealed record RetryRule(
    int MaxAttempts, TimeSpan InitialBackoff, TimeSpan MaxBackoff, double Multiplier, IReadOnlySet<StatusCode> Codes)
{
    /// <summary>Null where no configuration names the method.</summary>
    /// <exception cref="InvalidOperationException">A policy lacks a part or has one out of range.</exception>
    public static RetryRule? Find(ServiceConfig? config, IMethod method, int? maxAttempts)
    {
        MethodConfig? best = null;
        var bestRank = -1;
        foreach (var candidate in config?.MethodConfigs ?? [])
        {
            foreach (var name in candidate.Names)
            {
                if (Rank(name, method) is var rank && rank > bestRank)
                {
                    (best, bestRank) = (candidate, rank);
                }
            }
        }

        return best?.RetryPolicy is { } policy ? Create(policy, maxAttempts) : null;
    }

    /// <summary>A random pause; its bound grows with each attempt.</summary>
    public TimeSpan Backoff(int attempt)
    {
        var bound = Math.Min(MaxBackoff.TotalSeconds, InitialBackoff.TotalSeconds * Math.Pow(Multiplier, attempt - 1));
        return TimeSpan.FromSeconds(bound * (0.8 + (0.4 * Random.Shared.NextDouble())));
    }

    private static int Rank(MethodName name, IMethod method)
    {
        if (string.IsNullOrEmpty(name.Service))
        {
            return string.IsNullOrEmpty(name.Method) ? 0 : -1;
        }

        if (name.Service != method.ServiceName)
        {
            return -1;
        }

        return string.IsNullOrEmpty(name.Method) ? 1 : name.Method == method.Name ? 2 : -1;
    }

    private static RetryRule Create(RetryPolicy policy, int? maxAttempts)
    {
        if (policy is not
            {
                MaxAttempts: > 1, InitialBackoff: { } initial, MaxBackoff: { } max, BackoffMultiplier: > 0 and var multiplier,
                RetryableStatusCodes.Count: > 0
            } || initial <= TimeSpan.Zero || max <= TimeSpan.Zero)
        {
            throw new InvalidOperationException(
                "A retry policy needs MaxAttempts above 1, InitialBackoff, MaxBackoff and BackoffMultiplier above 0, "
                + "and at least one retryable status code.");
        }

        return new RetryRule(
            Math.Min(policy.MaxAttempts.Value, maxAttempts ?? int.MaxValue), initial, max, multiplier,
            policy.RetryableStatusCodes.ToHashSet());
    }
}
