namespace Aspire.Dashboard;

/// <summary>A resource as the dashboard shows it.</summary>
/// <param name="State">One word.</param>
/// <param name="Reason">Why it is not as it should be; null where it is.</param>
/// <param name="Commands">Those that make sense now.</param>
public sealed record DashboardResource(
    string Name, string Type, string State, int? ProcessId, int Restarts, int? ExitCode, string? Reason, IReadOnlyDictionary<string, string> Endpoints,
    IReadOnlyList<ResourceCommand> Commands);

/// <summary>What can be done to a resource.</summary>
public enum ResourceCommand
{
    /// <summary>One that is stopped.</summary>
    Start,

    /// <summary>It ends what it has under way, and stays away until somebody starts it.</summary>
    Stop,

    /// <summary>Stop, then start.</summary>
    Restart,
}

/// <summary>Resources under one name: <c>video-1</c>, <c>video-2</c>.</summary>
/// <param name="Running">Those that are not stopped.</param>
/// <param name="Most">Those that there are.</param>
public sealed record DashboardReplicas(string Name, int Running, int Most);

/// <summary>Who runs the resources.</summary>
public interface IDashboardResources
{
    /// <summary>All of them, in their order.</summary>
    IReadOnlyList<DashboardResource> All { get; }

    /// <summary>Those that can be scaled.</summary>
    IReadOnlyList<DashboardReplicas> Replicas { get; }

    /// <summary>Completes at the next change.</summary>
    Task Changed { get; }

    /// <summary>Does not wait for what comes of it: that is a change of state.</summary>
    /// <exception cref="KeyNotFoundException">There is no such resource.</exception>
    /// <exception cref="InvalidOperationException">That makes no sense now; the message says why.</exception>
    void Execute(string name, ResourceCommand command);

    /// <summary>Starts or stops resources under a name until so many run: the first ones.</summary>
    /// <exception cref="KeyNotFoundException">There is nothing under that name.</exception>
    /// <exception cref="InvalidOperationException">There are not so many; the message says how many.</exception>
    void Scale(string name, int replicas);
}
