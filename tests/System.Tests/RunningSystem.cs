using System.Diagnostics;
using System.Text.Json;

namespace Emotion.SystemTests;

/// <summary>The whole system: AppHost as a process, with a store of its own, sending its traces to the test.</summary>
public sealed class RunningSystem : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(10);

    /// <summary>A busy machine takes its time over an analysis.</summary>
    private static readonly TimeSpan AnalysisLimit = TimeSpan.FromMinutes(15);

    private readonly string _store = Directory.CreateTempSubdirectory("emotion-system-").FullName;
    private readonly Process _host;

    private RunningSystem(OtlpReceiver receiver, Dictionary<string, string> environment, string[] settings)
    {
        Receiver = receiver;
        var start = new ProcessStartInfo("dotnet", [AppHostPath, $"--Aspire:Store:Path={_store}", "--Dashboard:Enabled=false", .. settings]) { RedirectStandardOutput = true };
        start.Environment["Gateway__MaximumWait"] = $"{AnalysisLimit}";
        foreach (var (name, value) in receiver.Environment.Concat(environment))
            start.Environment[name] = value;
        _host = Process.Start(start)!;
        _host.OutputDataReceived += (_, line) => TestContext.Current.TestOutputHelper?.WriteLine(line.Data ?? "");
        _host.BeginOutputReadLine();
    }

    public OtlpReceiver Receiver { get; }

    public string Folder => _store;

    /// <summary>.../tests/System.Tests/bin/Release/net10.0/</summary>
    public static string Repository => Path.GetFullPath("../../../../../", AppContext.BaseDirectory);

    private static string AppHostPath
    {
        get
        {
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            return Path.Combine(Repository, "src", "AppHost", "bin", configuration, "net10.0", "Emotion.AppHost.dll");
        }
    }

    /// <summary>Starts the system and waits until every resource is ready.</summary>
    /// <param name="settings">Of AppHost, such as <c>--Video:Replicas=3</c>.</param>
    public static Task<RunningSystem> StartAsync(CancellationToken cancellationToken, params string[] settings) => StartAsync([], cancellationToken, settings);

    /// <summary>Starts the system and waits until every resource is ready.</summary>
    /// <param name="environment">Of AppHost and all that it starts, such as <c>Gateway__Callbacks__Secret</c>.</param>
    /// <param name="settings">Of AppHost, such as <c>--Video:Replicas=3</c>.</param>
    public static async Task<RunningSystem> StartAsync(Dictionary<string, string> environment, CancellationToken cancellationToken, params string[] settings)
    {
        var system = new RunningSystem(await OtlpReceiver.StartAsync(cancellationToken), environment, settings);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            await system.WaitAsync(state => state.GetProperty("ready").GetBoolean(), limit.Token);
            return system;
        }
        catch (Exception exception)
        {
            var message = $"The system did not become ready: {exception.Message}\n{system.Describe()}";
            await system.DisposeAsync();
            throw new InvalidOperationException(message, exception);
        }
    }

    /// <summary>Waits until the state file is as wished; returns its content.</summary>
    public async Task<JsonElement> WaitAsync(Func<JsonElement, bool> wish, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_host.HasExited)
                throw new InvalidOperationException($"AppHost ended with exit code {_host.ExitCode}.");
            if (ReadState() is { } state)
            {
                if (state.GetProperty("resources").EnumerateArray().FirstOrDefault(resource => StateOf(resource) == "Failed") is { ValueKind: JsonValueKind.Object } failed)
                    throw new InvalidOperationException($"{failed.GetProperty("name")} failed: {failed.GetProperty("reason")}");
                if (wish(state))
                    return state;
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    public JsonElement Resource(string name) => ReadState()!.Value.GetProperty("resources").EnumerateArray()
        .Single(resource => resource.GetProperty("name").GetString() == name);

    /// <summary>Names of what runs and is called so.</summary>
    public IEnumerable<string> Running(string prefix) => ReadState()!.Value.GetProperty("resources").EnumerateArray()
        .Where(resource => StateOf(resource) == "Running")
        .Select(resource => resource.GetProperty("name").GetString()!)
        .Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    public int ProcessId(string name) => Resource(name).GetProperty("processId").GetInt32();

    /// <summary>What each has written to its console, by name.</summary>
    public Dictionary<string, byte[]> Consoles() => ReadState()!.Value.GetProperty("resources").EnumerateArray()
        .Where(resource => File.Exists(resource.GetProperty("log").GetString()))
        .ToDictionary(resource => resource.GetProperty("name").GetString()!, resource => File.ReadAllBytes(resource.GetProperty("log").GetString()!));

    public int[] ProcessIds() => [.. ReadState()!.Value.GetProperty("resources").EnumerateArray()
        .Select(resource => resource.GetProperty("processId"))
        .Where(id => id.ValueKind == JsonValueKind.Number)
        .Select(id => id.GetInt32())];

    public HttpClient Gateway() => new()
    {
        BaseAddress = new Uri(Resource("gateway").GetProperty("endpoints").GetProperty("http").GetString()!),
        Timeout = AnalysisLimit,
        DefaultRequestHeaders = { Authorization = new("Bearer", File.ReadAllText(Path.Combine(_store, "key")).Trim()) },
    };

    public static string StateOf(JsonElement resource) => resource.GetProperty("state").GetString()!;

    public static bool IsAlive(int processId) => Directory.Exists($"/proc/{processId}");

    public static void Signal(int processId, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{processId}"]);
        kill.WaitForExit();
    }

    /// <summary>Ctrl-C; the exit code.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Signal(_host.Id, "INT");
        await _host.WaitForExitAsync(cancellationToken);
        return _host.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_host.HasExited)
            await StopAsync(CancellationToken.None);
        _host.Dispose();
        await Receiver.DisposeAsync();
        Directory.Delete(_store, recursive: true);
    }

    private JsonElement? ReadState()
    {
        var path = Path.Combine(_store, "state.json");
        if (!File.Exists(path))
            return null;
        using var state = JsonDocument.Parse(File.ReadAllBytes(path));
        return state.RootElement.Clone();
    }

    /// <summary>Every resource's state and the end of its log.</summary>
    private string Describe() => ReadState() is not { } state ? "" : string.Join('\n',
        state.GetProperty("resources").EnumerateArray().Select(resource =>
        {
            var log = resource.GetProperty("log").GetString()!;
            var end = File.Exists(log) ? File.ReadLines(log).TakeLast(15) : [];
            return $"{resource.GetProperty("name")}: {StateOf(resource)} {resource.GetProperty("reason")}\n  {string.Join("\n  ", end)}";
        }));
}
