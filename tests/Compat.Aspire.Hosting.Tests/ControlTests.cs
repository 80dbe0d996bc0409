using System.Net;
using System.Runtime.Versioning;
using System.Text.Json;
using Aspire.Hosting;
using static Emotion.Compat.Aspire.Hosting.Tests.TestApplication;

namespace Emotion.Compat.Aspire.Hosting.Tests;

/// <summary>Resources that are stopped, started and scaled while the application runs.</summary>
public sealed class ControlTests
{
    [Fact]
    public async Task Resource_StoppedByHand_StaysAwayUntilItIsStarted_AndTheOthersGoOn()
    {
        await using var test = Application();
        test.AddScript("worker", "exec sleep 1000");
        test.AddScript("other", "exec sleep 1000");
        await test.StartAsync();
        var (first, other) = (await test.ProcessIdAsync("worker"), await test.ProcessIdAsync("other"));

        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/resources/worker/stop"));
        var stopped = await test.WaitForEntryAsync("worker", In("Stopped"));
        Assert.Equal(("stopped by hand", 0), (stopped.GetProperty("reason").GetString(), stopped.GetProperty("restarts").GetInt32()));
        Assert.False(IsAlive(first));
        Assert.Equal(HttpStatusCode.Conflict, await test.OrderAsync("api/resources/worker/stop"));

        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/resources/worker/start"));
        var second = (await test.WaitForEntryAsync("worker", In("Running"))).GetProperty("processId").GetInt32();
        Assert.NotEqual(first, second);

        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/resources/worker/restart"));
        await test.WaitForEntryAsync("worker", entry => In("Running")(entry) && entry.GetProperty("processId").GetInt32() != second);
        Assert.Equal(other, await test.ProcessIdAsync("other"));
        Assert.True(IsAlive(other));
    }

    [Fact]
    public async Task Resource_ThatFailed_CanBeStartedAgain()
    {
        await using var test = Application();
        var gate = Path.Combine(test.Store, "gate");
        test.AddScript("after", "exec sleep 1000").WaitForCompletion(test.AddScript("job", $"test -e {gate}"));
        await test.StartAsync();
        await test.WaitForEntryAsync("job", In("Failed"));
        await test.WaitForEntryAsync("after", In("Failed"));

        await File.WriteAllTextAsync(gate, "", Cancelled);
        await test.OrderAsync("api/resources/job/start");
        await test.WaitForEntryAsync("job", In("Finished"));
        await test.OrderAsync("api/resources/after/start");
        await test.WaitForEntryAsync("after", In("Running"));
    }

    [Fact]
    public async Task Replicas_AreScaledUpAndDown_AndTheSystemIsReadyWithoutThoseThatAreThereForLater()
    {
        await using var test = Application();
        test.AddScript("worker-1", "exec sleep 1000");
        test.AddScript("worker-2", "exec sleep 1000").WithExplicitStart();
        test.AddScript("worker-3", "exec sleep 1000").WithExplicitStart();
        await test.StartAsync();
        await test.WaitForEntryAsync("worker-1", In("Running"));
        await WaitAsync(() => IsReady(test));
        await test.WaitForEntryAsync("worker-2", In("Stopped"));

        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/scale/worker?replicas=3"));
        var third = (await test.WaitForEntryAsync("worker-3", In("Running"))).GetProperty("processId").GetInt32();
        await test.WaitForEntryAsync("worker-2", In("Running"));

        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/scale/worker?replicas=1"));
        await test.WaitForEntryAsync("worker-2", In("Stopped"));
        await test.WaitForEntryAsync("worker-3", In("Stopped"));
        Assert.False(IsAlive(third));
        Assert.Equal(HttpStatusCode.Conflict, await test.OrderAsync("api/scale/worker?replicas=4"));
        Assert.Equal(HttpStatusCode.NotFound, await test.OrderAsync("api/scale/nobody?replicas=1"));
    }

    [Fact]
    public async Task Service_ThatCannotRunAsTheMachineIsSetUp_IsLeftAloneUntilSomebodyStartsIt()
    {
        await using var test = Application();
        var gate = Path.Combine(test.Store, "gate");
        test.AddScript("service", $"test -e {gate} || exit 78; exec sleep 1000").WithHttpEndpoint();
        await test.StartAsync();

        var failed = await test.WaitForEntryAsync("service", In("Failed"));
        Assert.Equal(0, failed.GetProperty("restarts").GetInt32());
        Assert.Contains("its log says why", failed.GetProperty("reason").GetString());

        await File.WriteAllTextAsync(gate, "", Cancelled);
        Assert.Equal(HttpStatusCode.Accepted, await test.OrderAsync("api/resources/service/start"));
        await test.WaitForEntryAsync("service", In("Running"));
    }

    [Fact]
    public async Task Project_ByItsPath_IsLookedForWhenItStarts_AndMissingKeepsNobodyElseAway()
    {
        await using var test = Application();
        var built = AppContext.BaseDirectory.Replace("/Compat.Aspire.Hosting.Tests/bin/", "/Compat.Aspire.Hosting.Tests/TinyService/bin/");
        test.Builder.AddProject("tiny", Path.Combine(built, "TinyService.csproj")).WithHttpEndpoint().WithHttpHealthCheck("/health");
        test.Builder.AddProject("absent", "absent/Absent.csproj").WithHttpEndpoint().WithExplicitStart();
        await test.StartAsync();
        await test.WaitForEntryAsync("tiny", In("Running"));
        await WaitAsync(() => IsReady(test));

        await test.OrderAsync("api/resources/absent/start");
        var absent = await test.WaitForEntryAsync("absent", In("Failed"));

        Assert.Contains($"has no program: build {Path.Combine(AppContext.BaseDirectory, "absent", "Absent.csproj")}", absent.GetProperty("reason").GetString());
        Assert.Contains("[cannot run: ", test.ReadLog("absent"));
        await test.WaitForEntryAsync("tiny", In("Running"));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Token_IsForItsOwnerAlone_AndGoneWithTheApplication()
    {
        await using var test = Application();
        test.AddScript("worker", "exec sleep 1000");
        await test.StartAsync();
        await test.ProcessIdAsync("worker");
        var token = Path.Combine(test.Store, "dashboard.token");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(token));
        await test.StopAsync();
        Assert.False(File.Exists(token));
    }

    private static TestApplication Application() => new("--Dashboard:Enabled", "true");

    private static Func<JsonElement, bool> In(string state) => entry => entry.GetProperty("state").GetString() == state;

    private static bool IsReady(TestApplication test)
    {
        using var state = JsonDocument.Parse(File.ReadAllText(test.StatePath));
        return state.RootElement.GetProperty("ready").GetBoolean();
    }
}
