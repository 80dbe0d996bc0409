using System.Text.Json;
using System.Text.Json.Serialization;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>
/// The running system as a file, for tools beside it: who runs where, as which process, in which state. It is there while the
/// AppHost runs; after a kill it stays behind with a <c>processId</c> that is gone.
/// </summary>
// {"processId":4711,"startedAt":"2026-11-22T11:30:00Z","dashboard":"http://127.0.0.1:18888/","ready":true,"resources":[{"name":"gateway","state":"Running","processId":4720,
//  "restarts":0,"exitCode":null,"reason":null,"external":true,"endpoints":{"http":"http://127.0.0.1:21034"},"log":"/.../logs/gateway.log"}]}
internal sealed class StateFile(SupervisorPaths paths, IReadOnlyList<IResource> resources, StatusBoard board, TimeProvider time, Uri? dashboard)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly DateTimeOffset _startedAt = time.GetUtcNow();

    /// <summary>Writes the file at every change until the application stops.</summary>
    public async Task KeepAsync(CancellationToken stopping)
    {
        var stopped = Task.Delay(Timeout.Infinite, stopping);
        while (!stopping.IsCancellationRequested)
        {
            var changed = board.Changed;
            await WriteAsync();
            await Task.WhenAny(changed, stopped);
        }
    }

    public void Delete() => File.Delete(paths.State);

    private async Task WriteAsync()
    {
        var statuses = board.All.ToDictionary(status => status.Name);
        var state = new State(
            Environment.ProcessId, _startedAt, dashboard, statuses.Values.All(status => status.IsReady),
            [.. resources.Select(resource => Describe(resource, statuses[resource.Name]))]);
        var unfinished = paths.State + ".new";
        await File.WriteAllBytesAsync(unfinished, JsonSerializer.SerializeToUtf8Bytes(state, Json));
        File.Move(unfinished, paths.State, overwrite: true);
    }

    private ResourceEntry Describe(IResource resource, ResourceStatus status)
    {
        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToArray();
        return new ResourceEntry(
            status.Name, status.State, status.ProcessId, status.Restarts, status.ExitCode, status.Reason,
            endpoints.Any(endpoint => endpoint.IsExternal),
            endpoints.ToDictionary(
                endpoint => endpoint.Name, endpoint => new EndpointReference((IResourceWithEndpoints)resource, endpoint.Name).Url),
            paths.LogOf(status.Name));
    }

    private sealed record State(int ProcessId, DateTimeOffset StartedAt, Uri? Dashboard, bool Ready, IReadOnlyList<ResourceEntry> Resources);

    private sealed record ResourceEntry(
        string Name, ResourceState State, int? ProcessId, int Restarts, int? ExitCode, string? Reason, bool External,
        IReadOnlyDictionary<string, string> Endpoints, string Log);
}
