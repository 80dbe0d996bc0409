using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Supervision;

namespace Emotion.Compat.Aspire.Hosting.Tests;

/// <summary>An application described by a test, with a store of its own and short delays. What it runs are real processes.</summary>
internal sealed class TestApplication : IAsyncDisposable
{
    private DistributedApplication? _application;
    private bool _hasSuccessor;

    public TestApplication(params string[] args)
        : this(Directory.CreateTempSubdirectory("aspire-").FullName, args)
    {
    }

    private TestApplication(string store, string[] args)
    {
        Store = store;
        Builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--Aspire:Store:Path", Store, "--Supervisor:FirstRestartDelay", "00:00:00.050", "--Supervisor:StartupProbePeriod", "00:00:00.050",
                "--Supervisor:ProbeTimeout", "00:01:00", "--Supervisor:StopTimeout", "00:01:00", "--Supervisor:StopWithin", "00:02:00", "--Dashboard:Enabled", "false", .. args],
            ProjectDirectory = AppContext.BaseDirectory,
        });
    }

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public string Store { get; }

    public IDistributedApplicationBuilder Builder { get; }

    public ResourceNotificationService Notifications => _application!.ResourceNotifications;

    /// <summary>Stops this one; another description then starts where it ended.</summary>
    public async Task<TestApplication> StopAndSucceedAsync()
    {
        await _application!.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        _application = null;
        _hasSuccessor = true;
        return new TestApplication(Store, []);
    }

    public async Task StartAsync()
    {
        _application = Builder.Build();
        await _application.StartAsync(Cancelled);
    }

    public Task StopAsync() => _application!.StopAsync(CancellationToken.None);

    /// <summary>A shell script as a resource; <c>exec</c> in it keeps the process id.</summary>
    public IResourceBuilder<ExecutableResource> AddScript(string name, string script) =>
        Builder.AddExecutable(name, "sh", ".", "-c", script);

    /// <summary>A web server that answers with the status code in the file <c>NAME.status</c>, or not at all while it is missing.</summary>
    public IResourceBuilder<ExecutableResource> AddServer(string name) => Builder
        .AddExecutable(name, "node", Store, "-e", $$"""
            require('http').createServer((request, response) => {
              try { response.writeHead(+require('fs').readFileSync('{{name}}.status', 'utf8')); } catch { return request.destroy(); }
              response.end();
            }).listen(+process.env.PORT, '127.0.0.1');
            """)
        .WithHttpEndpoint(env: "PORT")
        .WithHttpHealthCheck("/");

    public void Answer(string name, int status) => File.WriteAllText(Path.Combine(Store, $"{name}.status"), $"{status}");

    public string ReadLog(string name) => File.Exists(LogPath(name)) ? File.ReadAllText(LogPath(name)) : "";

    public string LogPath(string name) => Path.Combine(Store, "logs", $"{name}.log");

    /// <summary>The resource's entry in the state file, once it is as wished.</summary>
    public async Task<JsonElement> WaitForEntryAsync(string name, Func<JsonElement, bool> wish)
    {
        while (true)
        {
            using var state = JsonDocument.Parse(File.Exists(StatePath) ? await File.ReadAllTextAsync(StatePath, Cancelled) : """{"resources":[]}""");
            foreach (var entry in state.RootElement.GetProperty("resources").EnumerateArray())
            {
                if (entry.GetProperty("name").GetString() == name && wish(entry))
                    return entry.Clone();
            }

            await Task.Delay(20, Cancelled);
        }
    }

    /// <summary>Tells the dashboard to do something.</summary>
    public async Task<HttpStatusCode> OrderAsync(string path)
    {
        using var state = JsonDocument.Parse(await File.ReadAllTextAsync(StatePath, Cancelled));
        using var client = new HttpClient { BaseAddress = new Uri(state.RootElement.GetProperty("dashboard").GetString()!) };
        var token = (await File.ReadAllTextAsync(Path.Combine(Store, "dashboard.token"), Cancelled)).Trim();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Authorization", $"Bearer {token}" } } };
        using var answer = await client.SendAsync(request, Cancelled);
        return answer.StatusCode;
    }

    public string StatePath => Path.Combine(Store, "state.json");

    public async Task<int> ProcessIdAsync(string name) =>
        (await WaitForEntryAsync(name, entry => entry.GetProperty("processId").ValueKind == JsonValueKind.Number)).GetProperty("processId").GetInt32();

    public static async Task WaitAsync(Func<bool> wish)
    {
        while (!wish())
            await Task.Delay(20, Cancelled);
    }

    /// <summary>A process that is there and no zombie.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            // 4711 (name) S 4700 ...
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public static void Signal(int processId, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{processId}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.StopAsync(CancellationToken.None);
            await _application.DisposeAsync();
        }

        if (!_hasSuccessor)
            Directory.Delete(Store, recursive: true);
    }
}
