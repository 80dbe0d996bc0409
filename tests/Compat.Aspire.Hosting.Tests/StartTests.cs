using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using static Emotion.Compat.Aspire.Hosting.Tests.TestApplication;

namespace Emotion.Compat.Aspire.Hosting.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task WaitFor_WhileThePortIsOpenButHealthIsBad_DoesNotStart()
    {
        await using var test = new TestApplication();
        var server = test.AddServer("server");
        test.AddScript("client", "exec sleep 600").WaitFor(server);
        test.Answer("server", 503);
        await test.StartAsync();

        var entry = await test.WaitForEntryAsync("server", entry => entry.GetProperty("reason").GetString()?.Contains("503") == true);
        Assert.Equal("Starting", entry.GetProperty("state").GetString());
        Assert.Equal("Waiting", (await test.WaitForEntryAsync("client", _ => true)).GetProperty("state").GetString());

        test.Answer("server", 200);
        await test.Notifications.WaitForResourceHealthyAsync("client", Cancelled);
        Assert.True(IsAlive(await test.ProcessIdAsync("client")));
    }

    [Fact]
    public async Task WaitForCompletion_StartsAfterTheEnd_AndTheOneShotIsNotRunAgain()
    {
        await using var test = new TestApplication();
        var seed = test.AddScript("seed", $"echo seeded >> {test.Store}/seed.txt");
        test.AddScript("service", $"echo started with $(cat {test.Store}/seed.txt); exec sleep 600").WaitForCompletion(seed);
        await test.StartAsync();

        await WaitAsync(() => test.ReadLog("service").Contains("started with seeded"));
        await test.WaitForEntryAsync("seed", entry => entry.GetProperty("state").GetString() == "Finished"); // The file may be written a moment later.
    }

    [Fact]
    public async Task WaitForCompletion_OfAOneShotThatFails_FailsToo_AndSaysWhy()
    {
        await using var test = new TestApplication();
        var seed = test.AddScript("seed", "exit 3");
        test.AddScript("service", "exec sleep 600").WaitForCompletion(seed);
        await test.StartAsync();

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => test.Notifications.WaitForResourceHealthyAsync("service", Cancelled));
        Assert.Contains("'seed', which failed: exit code 3", failure.Message);
    }

    [Fact]
    public async Task Environment_TakesTextReferencesParametersAndCallbacks()
    {
        await using var test = new TestApplication("--Parameters:colour", "blue", "--ConnectionStrings:elsewhere", "Host=far");
        test.Answer("video-1", 200);
        var server = test.AddServer("video-1");
        var parameter = test.Builder.AddParameter("colour");
        var elsewhere = test.Builder.AddConnectionString("elsewhere");
        test.AddScript("client", "tr '\\0' '\\n' < /proc/$$/environ; echo args $1 $2; exec sleep 600")
            .WithArgs("ignored-zero", "one")
            .WithArgs(context => context.Args.Add(server.GetEndpoint("http")))
            .WithEnvironment("TEXT", "plain")
            .WithEnvironment("COLOUR", parameter)
            .WithEnvironment("ADDRESS", server.GetEndpoint("http"))
            .WithEnvironment("MIXED", $"{server.GetEndpoint("http").Property(EndpointProperty.HostAndPort)}/{parameter}")
            .WithEnvironment(context => context.EnvironmentVariables["CALLED"] = "back")
            .WithReference(server.GetEndpoint("http"))
            .WithReference(elsewhere)
            .WaitFor(server);
        await test.StartAsync();
        await WaitAsync(() => test.ReadLog("client").Contains("args "));

        var log = test.ReadLog("client");
        var address = server.GetEndpoint("http").Url;
        Assert.StartsWith("http://127.0.0.1:", address);
        Assert.Contains("TEXT=plain\n", log);
        Assert.Contains("COLOUR=blue\n", log);
        Assert.Contains($"ADDRESS={address}\n", log);
        Assert.Contains($"MIXED={new Uri(address).Authority}/blue\n", log);
        Assert.Contains("CALLED=back\n", log);
        Assert.Contains($"services__video-1__http__0={address}\n", log);
        Assert.Contains("ConnectionStrings__elsewhere=Host=far\n", log);
        Assert.Contains("OTEL_SERVICE_NAME=client\n", log);
        Assert.Contains($"args one {address}\n", log);
    }

    [Fact]
    public async Task Parameter_WithoutAValue_FailsTheResourceAndSaysWhatToSet()
    {
        await using var test = new TestApplication();
        test.AddScript("client", "exec sleep 600").WithEnvironment("COLOUR", test.Builder.AddParameter("colour"));
        await test.StartAsync();

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => test.Notifications.WaitForResourceHealthyAsync("client", Cancelled));
        Assert.Contains("set Parameters:colour", failure.Message);
    }

    [Fact]
    public async Task Program_ThatDoesNotExist_FailsTheResourceAndNamesIt()
    {
        await using var test = new TestApplication();
        test.Builder.AddExecutable("client", "no-such-program", ".");
        await test.StartAsync();

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => test.Notifications.WaitForResourceHealthyAsync("client", Cancelled));
        Assert.Contains("no-such-program", failure.Message);
    }

    [Fact]
    public async Task Callback_ThatThrows_FailsItsResourceOnly()
    {
        await using var test = new TestApplication();
        test.AddScript("broken", "exec sleep 600").WithEnvironment("ADDRESS", test.AddScript("mute", "exec sleep 600").GetEndpoint("http"));
        await test.StartAsync();

        var failure = await Assert.ThrowsAsync<DistributedApplicationException>(
            () => test.Notifications.WaitForResourceHealthyAsync("broken", Cancelled));
        Assert.Contains("'mute' has no endpoint 'http'", failure.Message);
        await test.Notifications.WaitForResourceHealthyAsync("mute", Cancelled);
    }

    [Fact]
    public async Task Start_OfResourcesThatWaitForEachOther_IsRefused()
    {
        await using var test = new TestApplication();
        var first = test.AddScript("first", "exec sleep 600");
        var second = test.AddScript("second", "exec sleep 600").WaitFor(first);
        first.WaitFor(second);

        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(test.StartAsync);
        Assert.Contains("first, second", refusal.Message);
    }

    [Fact]
    public async Task Start_OnAStoreThatIsInUse_IsRefused()
    {
        await using var test = new TestApplication();
        test.AddScript("first", "exec sleep 600");
        await test.StartAsync();

        await using var other = new TestApplication("--Aspire:Store:Path", test.Store);
        var refusal = await Assert.ThrowsAsync<DistributedApplicationException>(other.StartAsync);
        Assert.Contains("already", refusal.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("a_b")]
    [InlineData("a--b")]
    public void Name_ThatIsNotLettersDigitsAndHyphens_IsRefused(string name)
    {
        var builder = DistributedApplication.CreateBuilder();
        Assert.ThrowsAny<ArgumentException>(() => builder.AddExecutable(name, "true", "."));
    }

    [Fact]
    public void Name_GivenTwice_IsRefused()
    {
        var builder = DistributedApplication.CreateBuilder();
        builder.AddExecutable("one", "true", ".");
        Assert.Throws<DistributedApplicationException>(() => builder.AddExecutable("One", "true", "."));
    }
}
