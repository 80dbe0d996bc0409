using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Emotion.Gateway.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Tests;

/// <summary>The keys that are there before anybody could make one, and the gateway that asks for none.</summary>
public sealed class FirstKeysTests
{
    private const string Id = "00112233445566aa";

    private static readonly string Secret = $"emo_{Id}_{new string('7', 64)}";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bootstrap_BySecret_MakesKeysAndNothingElse()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System, ("Gateway:Keys:Bootstrap", Secret));
        using var first = system.As(Secret);

        Assert.Equal("bootstrap", (await first.AskAsync("/v1/keys").AnswerAsync())["items"]![0]!.Text("name"));
        Assert.Equal("missing-scope", (await first.AskAsync("/v1/analyses").ProblemAsync()).Reason);
        Assert.DoesNotContain(system.Log.Lines, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bootstrap_ByHash_NeedsNoSecretAndAnotherOneTakesItsPlace()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(
            TimeProvider.System, ("Gateway:Keys:Bootstrap", $"emo_{Id}_sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)))}"));
        using (var first = system.As(Secret))
        {
            await first.AskAsync("/v1/keys").AnswerAsync();
        }

        var other = $"emo_{Id}_{new string('8', 64)}";
        system.Settings["Gateway:Keys:Bootstrap"] = other;
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();

        Assert.Equal("bad-key", (await system.As(Secret).AskAsync("/v1/keys").ProblemAsync()).Reason);
        Assert.Single((await system.As(other).AskAsync("/v1/keys").AnswerAsync())["items"]!.AsArray());
        await system.As(other).DeleteAsync($"/v1/keys/{Id}", Cancelled);
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        Assert.Equal("revoked-key", (await system.As(other).AskAsync("/v1/keys").ProblemAsync()).Reason);
        Assert.Contains(system.Log.Lines, line => line.Contains("nobody can come in", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bootstrap_RotatedByTheApi_StaysSoUntilTheConfigurationChanges()
    {
        await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System, ("Gateway:Keys:Bootstrap", Secret));
        using var rotated = await system.As(Secret).PostAsJsonAsync($"/v1/keys/{Id}/rotate", new { graceSeconds = 0 }, Cancelled);
        var next = (await rotated.JsonAsync()).Text("secret");

        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();

        Assert.Equal("bad-key", (await system.As(Secret).AskAsync("/v1/keys").ProblemAsync()).Reason);
        await system.As(next).AskAsync("/v1/keys").AnswerAsync();
        system.Settings["Gateway:Keys:Bootstrap"] = next; // As it should be: nothing changes, and what was configured before does not come back.
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        await system.As(next).AskAsync("/v1/keys").AnswerAsync();
        system.Settings["Gateway:Keys:Bootstrap"] = Secret; // On purpose: it is another one than was configured last.
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();
        Assert.Equal("bad-key", (await system.As(next).AskAsync("/v1/keys").ProblemAsync()).Reason);
        await system.As(Secret).AskAsync("/v1/keys").AnswerAsync();
    }

    [Fact]
    public async Task Bootstrap_RevokedLongAgo_DoesNotComeBack()
    {
        var clock = new ShiftedClock();
        await using var system = await FakeSystem.StartWithKeysAsync(clock, ("Gateway:Keys:Bootstrap", Secret));
        var other = await system.MakeKeyAsync(KeyScope.Admin);
        await system.As(Secret).DeleteAsync($"/v1/keys/{Id}", Cancelled);
        await system.As(other.Secret).DeleteAsync($"/v1/keys/{other.Key.Id}", Cancelled);

        clock.Advance(TimeSpan.FromDays(1000));
        await system.Gateway.Services.GetRequiredService<KeyStore>().ForgetAsync(Cancelled);
        await system.Gateway.StopAsync(Cancelled);
        await system.RestartGatewayAsync();

        Assert.Equal("revoked-key", (await system.As(Secret).AskAsync("/v1/keys").ProblemAsync()).Reason);
        Assert.Equal("bad-key", (await system.As(other.Secret).AskAsync("/v1/keys").ProblemAsync()).Reason); // Of others nothing is left.
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("emo_00112233445566aa_7777")]
    public void Bootstrap_ThatIsNoKey_IsRefusedWithoutBeingQuoted(string secret)
    {
        var services = new ServiceCollection();
        services.AddOptions<KeysOptions>().Configure(options => options.Bootstrap = secret).ValidateDataAnnotations();

        var refused = Assert.Throws<OptionsValidationException>(() => services.BuildServiceProvider().GetRequiredService<IOptions<KeysOptions>>().Value);

        Assert.DoesNotContain(secret, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeveloperFile_AtTheFirstStart_IsTheOwnersAloneAndHoldsAKeyForEverything()
    {
        var folder = Directory.CreateTempSubdirectory("emotion-key-");
        var file = Path.Combine(folder.FullName, "new", "key");
        try
        {
            await using var system = await FakeSystem.StartWithKeysAsync(TimeProvider.System, ("Gateway:Keys:DeveloperFile", file));
            var secret = (await File.ReadAllTextAsync(file, Cancelled)).Trim();
            using (var developer = system.As(secret))
            {
                await developer.AskAsync("/v1/analyses").AnswerAsync();
                await developer.AskAsync("/v1/keys").AnswerAsync();
            }

            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.Contains(system.Log.Lines, line => line.Contains(file, StringComparison.Ordinal));
            Assert.DoesNotContain(system.Log.Lines, line => line.Contains(secret.Split('_')[2], StringComparison.Ordinal));
            await system.Gateway.StopAsync(Cancelled);
            await system.RestartGatewayAsync();
            Assert.Equal(secret, (await File.ReadAllTextAsync(file, Cancelled)).Trim());

            await File.WriteAllTextAsync(file, Secret, Cancelled); // As after the database was deleted.
            await system.Gateway.StopAsync(Cancelled);
            await system.RestartGatewayAsync();
            var another = (await File.ReadAllTextAsync(file, Cancelled)).Trim();
            Assert.NotEqual(secret, another);
            Assert.Equal(HttpStatusCode.OK, (await system.As(another).AskAsync("/v1/analyses")).StatusCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Off_LetsEverybodyInAndSaysSoLoudly()
    {
        await using var system = await FakeSystem.StartAsync();

        await system.Http.AskAsync("/v1/analyses").AnswerAsync();
        await system.Http.AskAsync("/v1/keys").AnswerAsync();
        Assert.Contains(system.Log.Lines, line => line.Contains("KEYS ARE OFF", StringComparison.Ordinal));
    }
}
