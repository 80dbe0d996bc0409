using System.Text.Json;
using Aspire.Hosting;
using static Emotion.Compat.Aspire.Hosting.Tests.TestApplication;

namespace Emotion.Compat.Aspire.Hosting.Tests;

public sealed class LifeTests
{
    [Fact]
    public async Task Process_ThatIsKilled_IsStartedAgainAtTheSameAddress()
    {
        await using var test = new TestApplication();
        test.Answer("server", 200);
        test.AddServer("server");
        await test.StartAsync();
        await test.Notifications.WaitForResourceHealthyAsync("server", Cancelled);
        var first = await test.WaitForEntryAsync("server", IsRunning);

        Signal(first.GetProperty("processId").GetInt32(), "KILL");
        var second = await test.WaitForEntryAsync("server", entry => IsRunning(entry) && entry.GetProperty("restarts").GetInt32() == 1);

        Assert.NotEqual(first.GetProperty("processId").GetInt32(), second.GetProperty("processId").GetInt32());
        Assert.Equal(first.GetProperty("endpoints").GetProperty("http").GetString(), second.GetProperty("endpoints").GetProperty("http").GetString());
        using var client = new HttpClient();
        using var answer = await client.GetAsync(second.GetProperty("endpoints").GetProperty("http").GetString(), Cancelled);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Process_ThatKeepsDying_IsStartedAgainAfterLongerAndLongerPauses()
    {
        await using var test = new TestApplication("--Supervisor:LongestRestartDelay", "00:00:00.150");
        test.AddScript("client", "exit 7");
        await test.StartAsync();
        await test.WaitForEntryAsync("client", entry => entry.GetProperty("restarts").GetInt32() >= 3);

        var log = test.ReadLog("client");
        Assert.Contains("died with exit code 7; starting again in 0.05 s", log);
        Assert.Contains("starting again in 0.1 s", log);
        Assert.Contains("starting again in 0.15 s", log);
    }

    [Fact]
    public async Task Process_ThatTurnsIll_IsUnhealthy_AndNotRestarted()
    {
        await using var test = new TestApplication("--Supervisor:ProbePeriod", "00:00:00.050");
        test.Answer("server", 200);
        test.AddServer("server");
        await test.StartAsync();
        await test.Notifications.WaitForResourceHealthyAsync("server", Cancelled);

        test.Answer("server", 500);
        var entry = await test.WaitForEntryAsync("server", entry => entry.GetProperty("state").GetString() == "Unhealthy");
        Assert.Equal(0, entry.GetProperty("restarts").GetInt32());
        Assert.Contains("500", entry.GetProperty("reason").GetString());

        test.Answer("server", 200);
        await test.WaitForEntryAsync("server", IsRunning);
    }

    [Fact]
    public async Task Stop_EndsDependantsBeforeWhatTheyDependOn()
    {
        await using var test = new TestApplication();
        var order = Path.Combine(test.Store, "order.txt");
        string SaysWhenStopped(string name) => $"trap 'echo {name} >> {order}; exit 0' TERM; echo up; while :; do sleep 0.05; done";
        var storage = test.AddScript("storage", SaysWhenStopped("storage"));
        var service = test.AddScript("service", SaysWhenStopped("service")).WaitFor(storage);
        test.AddScript("gateway", SaysWhenStopped("gateway")).WaitFor(service);
        await test.StartAsync();
        await WaitAsync(() => new[] { "storage", "service", "gateway" }.All(name => test.ReadLog(name).Contains("up"))); // Each has set its trap.

        await test.StopAsync();

        Assert.Equal(["gateway", "service", "storage"], await File.ReadAllLinesAsync(order, Cancelled));
        Assert.False(File.Exists(test.StatePath));
    }

    [Fact]
    public async Task Stop_OfAProcessThatIgnoresIt_KillsItAndItsChildren()
    {
        await using var test = new TestApplication("--Supervisor:StopTimeout", "00:00:00.200");
        test.AddScript("deaf", "trap '' TERM; sleep 600 & echo child $!; while :; do sleep 0.05; done");
        await test.StartAsync();
        await WaitAsync(() => test.ReadLog("deaf").Contains("child "));
        var parent = await test.ProcessIdAsync("deaf");
        var child = int.Parse(test.ReadLog("deaf").Split("child ")[1].Trim());
        Assert.True(IsAlive(parent) && IsAlive(child));

        await test.StopAsync();

        await WaitAsync(() => !IsAlive(parent) && !IsAlive(child));
    }

    [Fact]
    public async Task Death_OfAProcess_TakesItsChildrenWithIt()
    {
        await using var test = new TestApplication("--Supervisor:FirstRestartDelay", "00:00:30");
        test.AddScript("parent", "sleep 600 & echo child $!; wait");
        await test.StartAsync();
        await WaitAsync(() => test.ReadLog("parent").Contains("child "));
        var child = int.Parse(test.ReadLog("parent").Split("child ")[1].Trim());

        Signal(await test.ProcessIdAsync("parent"), "KILL");

        await WaitAsync(() => !IsAlive(child));
    }

    [Fact]
    public async Task Log_ThatIsFull_IsRotatedAndBounded()
    {
        await using var test = new TestApplication("--Supervisor:LogFileBytes", "2048", "--Supervisor:LogFiles", "2");
        test.AddScript("talker", "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; echo over; exec sleep 600");
        await test.StartAsync();
        await WaitAsync(() => test.ReadLog("talker").Contains("over"));

        var files = Directory.GetFiles(Path.Combine(test.Store, "logs"), "talker*").Select(Path.GetFileName).Order();
        Assert.Equal(["talker.1.log", "talker.log"], files);
        Assert.All(Directory.GetFiles(Path.Combine(test.Store, "logs")), file => Assert.InRange(new FileInfo(file).Length, 1, 2048 + 100));
        Assert.Contains("line 499", test.ReadLog("talker"));
    }

    private static bool IsRunning(JsonElement entry) => entry.GetProperty("state").GetString() == "Running";
}
