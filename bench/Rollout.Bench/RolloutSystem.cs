using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry;
using Microsoft.Extensions.Options;

namespace Emotion.RolloutBench;

/// <summary>The whole system as a user starts it, with a store of its own, services that follow channels fast, and its processes by name.</summary>
internal sealed class RolloutSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["ModelHost__PollInterval"] = "00:00:00.300",
        ["ModelHost__KeepUnlisted"] = "00:00:01.500",
        ["Gateway__Calls__StatusPeriod"] = "00:00:00.250",
        ["Gateway__Canary__PollPeriod"] = "00:00:00.250",
    };

    private readonly string _store = Directory.CreateTempSubdirectory("emotion-rollout-").FullName;
    private readonly Process _host;

    private RolloutSystem(FileInfo host)
    {
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { host.FullName, $"--Aspire:Store:Path={_store}", "--Dashboard:Enabled=false" }, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Settings)
        {
            start.Environment[name] = value;
        }

        _host = Process.Start(start)!;
        _host.OutputDataReceived += (_, _) => { };
        _host.ErrorDataReceived += (_, _) => { };
        _host.BeginOutputReadLine();
        _host.BeginErrorReadLine();
    }

    /// <summary>What is set for services and gateway, for the record.</summary>
    public static IReadOnlyDictionary<string, string> Configured => Settings;

    public string Folder => _store;

    /// <summary>Where services keep what they fetched: AppHost's choice.</summary>
    public static string Cache => Path.GetFullPath(Path.Combine(".emotion", "models"));

    public static async Task<RolloutSystem> StartAsync(FileInfo host, CancellationToken cancellationToken)
    {
        var system = new RolloutSystem(host);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            while (system.State() is not { } state || !state["ready"]!.GetValue<bool>())
            {
                if (system._host.HasExited || system.State()?["resources"]!.AsArray().FirstOrDefault(one => (string?)one!["state"] == "Failed") is not null)
                {
                    throw new InvalidOperationException("The system does not start.");
                }

                await Task.Delay(100, limit.Token);
            }

            return system;
        }
        catch (Exception failure)
        {
            var logs = string.Join('\n', Directory.GetFiles(Path.Combine(system._store, "logs")).Select(log => $"{log}: {string.Join(" | ", File.ReadLines(log).TakeLast(4))}"));
            await system.DisposeAsync();
            throw new InvalidOperationException($"The system did not become ready: {failure.Message}\n{logs}", failure);
        }
    }

    /// <summary>Names of what runs and loads models.</summary>
    public IReadOnlyList<string> Services => [.. State()!["resources"]!.AsArray()
        .Select(resource => (string)resource!["name"]!)
        .Where(name => name is "audio" or "fusion" || name.StartsWith("video-", StringComparison.Ordinal) || name.StartsWith("text-", StringComparison.Ordinal))];

    public Uri Address(string name, string endpoint = "http") => new(Resource(name)["endpoints"]![endpoint]!.GetValue<string>());

    public int ProcessId(string name) => Resource(name)["processId"]!.GetValue<int>();

    public bool IsRunning(string name) => (string?)Resource(name)["state"] == "Running";

    public int Restarts(string name) => Resource(name)["restarts"]!.GetValue<int>();

    /// <summary>That the gateway made for whoever has this machine.</summary>
    public string Key() => File.ReadAllText(Path.Combine(_store, "key")).Trim();

    /// <summary>The registry, its cache apart from the services'.</summary>
    public Registry Registry() => new(Options.Create(RegistryOptions("models")), TimeProvider.System);

    public ModelRegistryOptions RegistryOptions(string container) => new()
    {
        ConnectionString =
            $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={File.ReadAllText(Path.Combine(_store, "storage.key")).Trim()};BlobEndpoint={Address("storage", "blob").GetLeftPart(UriPartial.Authority)}/devstoreaccount1;",
        Container = container,
        CacheDirectory = Path.Combine(_store, "cache"),
    };

    /// <summary>Resident memory of each service, in MB.</summary>
    public SortedDictionary<string, double> Memory() => new(
        Services.ToDictionary(name => name, name => double.Parse(
            File.ReadLines($"/proc/{ProcessId(name)}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024),
        StringComparer.Ordinal);

    public static void Signal(int processId, string signal)
    {
        using var kill = Process.Start(new ProcessStartInfo("kill") { ArgumentList = { "-s", signal, processId.ToString(CultureInfo.InvariantCulture) } })!;
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_host.HasExited)
        {
            Signal(_host.Id, "INT");
            await _host.WaitForExitAsync();
        }

        _host.Dispose();
        Directory.Delete(_store, recursive: true);
    }

    private JsonNode Resource(string name) => State()!["resources"]!.AsArray().Single(resource => (string?)resource!["name"] == name)!;

    private JsonNode? State()
    {
        var path = Path.Combine(_store, "state.json");
        return File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path)) : null;
    }
}
