using System.Text.RegularExpressions;
using Aspire.Dashboard;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>The runners as the dashboard sees them.</summary>
internal sealed partial class SupervisedResources(IReadOnlyList<ResourceRunner> runners, StatusBoard board) : IDashboardResources
{
    public IReadOnlyList<DashboardResource> All
    {
        get
        {
            var statuses = board.All.ToDictionary(status => status.Name);
            return [.. runners.Select(runner => Describe(runner, statuses[runner.Resource.Name]))];
        }
    }

    public IReadOnlyList<DashboardReplicas> Replicas =>
        [.. runners.GroupBy(runner => ServiceOf(runner.Resource.Name)).Where(group => group.Key is not null && group.Count() > 1)
            .Select(group => new DashboardReplicas(group.Key!, group.Count(runner => runner.Switch.IsOn), group.Count()))];

    public Task Changed => board.Changed;

    public void Execute(string name, ResourceCommand command)
    {
        var runner = runners.FirstOrDefault(runner => string.Equals(runner.Resource.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new KeyNotFoundException($"There is no resource '{name}': {string.Join(", ", runners.Select(runner => runner.Resource.Name))}.");
        switch (command)
        {
            case ResourceCommand.Start when !runner.Switch.TurnOn():
                throw new InvalidOperationException($"'{name}' runs already.");
            case ResourceCommand.Stop when !runner.Switch.TurnOff():
                throw new InvalidOperationException($"'{name}' does not run.");
            case ResourceCommand.Restart:
                runner.Switch.Restart();
                break;
        }
    }

    public void Scale(string name, int replicas)
    {
        var group = runners.Where(runner => string.Equals(ServiceOf(runner.Resource.Name), name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (group.Count == 0)
            throw new KeyNotFoundException($"There are no replicas of '{name}': {string.Join(", ", Replicas.Select(known => known.Name))}.");
        if (replicas < 1 || replicas > group.Count)
            throw new InvalidOperationException($"Of '{name}' there can be 1 to {group.Count} replicas here, not {replicas}.");
        foreach (var runner in group.Take(replicas))
            runner.Switch.TurnOn();
        foreach (var runner in group.Skip(replicas))
            runner.Switch.TurnOff();
    }

    private static DashboardResource Describe(ResourceRunner runner, ResourceStatus status)
    {
        var resource = runner.Resource;
        return new DashboardResource(
            status.Name, resource.GetType().Name.Replace("Resource", "", StringComparison.Ordinal), status.State.ToString(), status.ProcessId, status.Restarts, status.ExitCode,
            status.Reason,
            resource.Annotations.OfType<EndpointAnnotation>().ToDictionary(
                endpoint => endpoint.Name, endpoint => new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name).Url),
            runner.Switch.IsOn ? [ResourceCommand.Stop, ResourceCommand.Restart] : [ResourceCommand.Start]);
    }

    /// <summary>Null where it is the only one of its name.</summary>
    private static string? ServiceOf(string name) => Replica().Match(name) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("^(.+)-[0-9]+$")]
    private static partial Regex Replica();
}
