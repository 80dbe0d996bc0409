using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Emotion.SystemTests;
using static Emotion.Compat.Aspire.Hosting.Tests.TestApplication;

namespace Emotion.Compat.Aspire.Hosting.Tests;

/// <summary>A whole AppHost as a process: two projects, one behind the other.</summary>
public sealed class HostProcessTests : IDisposable
{
    private readonly string _store = Directory.CreateTempSubdirectory("aspire-host-").FullName;
    private Process? _host;

    [Fact]
    public async Task NullCall_ThroughTheSystem_IsOneTrace()
    {
        await using var receiver = await OtlpReceiver.StartAsync(Cancelled);
        StartHost(receiver.Environment);
        var front = (await WaitUntilReadyAsync()).Single(entry => entry.GetProperty("name").GetString() == "front");

        using var client = new HttpClient();
        Assert.Equal("nothing", await client.GetStringAsync($"{front.GetProperty("endpoints").GetProperty("http").GetString()}/null", Cancelled));

        var spans = await receiver.WaitAsync(spans => spans.Count(span => span.Name == "GET /null") == 2, Cancelled);
        var calls = spans.Where(span => span.Name == "GET /null").ToArray();
        Assert.Equal(["back", "front"], calls.Select(span => span.Service).Order());
        Assert.Single(calls.Select(span => span.TraceId).Distinct());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Signal_ToTheHost_EndsEveryProcess(string signal)
    {
        StartHost(new Dictionary<string, string>());
        var processes = (await WaitUntilReadyAsync()).Select(entry => entry.GetProperty("processId").GetInt32()).ToArray();

        Signal(_host!.Id, signal);
        await _host.WaitForExitAsync(Cancelled);

        Assert.Equal(0, _host.ExitCode);
        Assert.All(processes, process => Assert.False(IsAlive(process)));
        Assert.False(File.Exists(Path.Combine(_store, "state.json")));
    }

    [Fact]
    public async Task Processes_OfOneHost_LeadGroupsInItsSession()
    {
        StartHost(new Dictionary<string, string>());
        var processes = (await WaitUntilReadyAsync()).Select(entry => entry.GetProperty("processId").GetInt32()).ToArray();

        var canLeadGroupsAlone = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "setpgid")) || File.Exists(Path.Combine(folder, "perl")));
        Assert.All(processes, process => Assert.Equal((process, canLeadGroupsAlone ? Stat(_host!.Id).Session : process), Stat(process)));
    }

    [Fact]
    public async Task Host_ThatIsKilled_LeavesNoOrphan()
    {
        StartHost(new Dictionary<string, string>());
        var processes = (await WaitUntilReadyAsync()).Select(entry => entry.GetProperty("processId").GetInt32()).ToArray();

        Signal(_host!.Id, "KILL");

        await WaitAsync(() => !processes.Any(IsAlive));
    }

    public void Dispose()
    {
        if (_host is { HasExited: false })
        {
            Signal(_host.Id, "KILL");
            _host.WaitForExit();
        }

        _host?.Dispose();
        Directory.Delete(_store, recursive: true);
    }

    private void StartHost(IReadOnlyDictionary<string, string> environment)
    {
        var output = AppContext.BaseDirectory.Replace("/Compat.Aspire.Hosting.Tests/bin/", "/Compat.Aspire.Hosting.Tests/TinyHost/bin/");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(output, "TinyHost.dll"), $"--Aspire:Store:Path={_store}", "--Supervisor:StopTimeout=00:01:00", "--Supervisor:StopWithin=00:02:00"]);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _host = Process.Start(start)!;
    }

    // proc(5): after the name in brackets come state, parent, group and session.
    private static (int Group, int Session) Stat(int process) =>
        File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1].Split(' ') is var fields ? (int.Parse(fields[2], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture)) : default;

    private async Task<JsonElement[]> WaitUntilReadyAsync()
    {
        var path = Path.Combine(_store, "state.json");
        while (true)
        {
            if (File.Exists(path))
            {
                using var state = JsonDocument.Parse(await File.ReadAllTextAsync(path, Cancelled));
                if (state.RootElement.GetProperty("ready").GetBoolean())
                    return [.. state.RootElement.GetProperty("resources").EnumerateArray().Select(entry => entry.Clone())];
            }

            Assert.False(_host!.HasExited, "the host ended while it started");
            await Task.Delay(50, Cancelled);
        }
    }
}
