using Emotion.ModelRegistry.Releases;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Several operators at once, each with a client of their own, started together.</summary>
public sealed class RaceTests(AzuriteFixture azurite) : IDisposable
{
    private const int Rounds = 25;
    private const int Racers = 3;

    private readonly TestPackages _packages = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _packages.Dispose();
        _keys.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Publish_Racing_ExactlyOneWinsEveryRoundAndTheVersionIsWhole(bool signed)
    {
        var registries = Registries(signed);
        for (var round = 0; round < Rounds; round++)
        {
            var package = await _packages.SealAsync("audio", $"graph {round}");

            var outcomes = await RaceAsync(registries, (registry, _) => registry.PublishAsync(package, Cancelled));

            AssertOneWon(outcomes, "never changes");
            Assert.Equal(package.Manifest.Files, (await registries[0].FetchAsync("audio", package.Version, Cancelled)).Manifest.Files);
        }
    }

    [Fact]
    public async Task PublishRelease_RacingForOneNameWithDifferentModels_ExactlyOneWinsAndItsSignatureIsGood()
    {
        var registries = Registries(signed: true);
        var packages = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => _packages.SealAsync("audio", $"graph {i}")));
        foreach (var package in packages)
        {
            await registries[0].PublishAsync(package, Cancelled);
        }

        for (var round = 0; round < Rounds; round++)
        {
            var name = $"r{round}";

            var outcomes = await RaceAsync(registries, (registry, racer) => registry.PublishReleaseAsync(TestPackages.Release(name, packages[racer]), Cancelled));

            Assert.Single(outcomes, outcome => outcome is null);
            Assert.All(outcomes, outcome => Assert.True(outcome is null or RegistryConflictException, outcome?.ToString()));
            var winner = Array.FindIndex(outcomes, outcome => outcome is null);
            Assert.Equal(packages[winner].Version, (await registries[0].ReleaseAsync(name, Cancelled)).Models["audio"]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Promote_RacingFromOneState_ExactlyOneWinsEveryRound(bool signed)
    {
        var registries = Registries(signed);
        var package = await _packages.SealAsync("audio");
        await registries[0].PublishAsync(package, Cancelled);
        for (var racer = 0; racer < Racers; racer++)
        {
            await registries[0].PublishReleaseAsync(TestPackages.Release($"r{racer}", package), Cancelled);
        }

        for (var round = 0; round < Rounds; round++)
        {
            // All have read the same state when the first of them writes.
            var before = await registries[0].Channels.PeekAsync("stable", Cancelled);

            var outcomes = await RaceAsync(registries, (registry, racer) => registry.Channels.MoveAsync(
                new("stable", $"r{racer}", 1, $"racer {racer}", "race") { Before = before?.Channel, ETag = before?.ETag }, Cancelled));

            AssertOneWon(outcomes, "changed by somebody else");
            var winner = Array.FindIndex(outcomes, outcome => outcome is null);
            var after = (await registries[0].ChannelAsync("stable", Cancelled))!.Channel;
            Assert.Equal(($"r{winner}", round + 1), (after.Release, after.Generation));
            Assert.Equal($"racer {winner}", after.History[^1].Who);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Halt_SeveralGatewaysAtOnce_OneWritesAndTheOthersFindItDone(bool signed)
    {
        var registries = Registries(signed);
        var package = await _packages.SealAsync("audio");
        await registries[0].PublishAsync(package, Cancelled);
        await registries[0].PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);
        for (var round = 0; round < Rounds; round++)
        {
            var canary = await registries[0].PromoteAsync("canary", "r1", 0.1, "ada", "a try", Cancelled);
            var changes = new bool[Racers];

            var outcomes = await RaceAsync(registries, async (registry, racer) => changes[racer] = (await registry.HaltAsync(
                new ChannelHalt("canary", canary.Generation, "errors", $"gateway {racer}", "it fails"), Cancelled)).Changed);

            Assert.All(outcomes, Assert.Null);
            var after = (await registries[0].ChannelAsync("canary", Cancelled))!.Channel;
            Assert.Equal((0, canary.Generation + 1), (after.Share, after.Generation));
            Assert.Equal($"gateway {Assert.Single(Enumerable.Range(0, Racers), racer => changes[racer])}", after.Halt()!.Who);
        }
    }

    private Registry[] Registries(bool signed)
    {
        var options = signed ? _keys.Sign(azurite.CreateOptions()) : azurite.CreateOptions();
        return [.. Enumerable.Range(0, Racers).Select(_ => FaultyNetwork.Connect(options, new SocketsHttpHandler()))];
    }

    private static async Task<Exception?[]> RaceAsync(Registry[] registries, Func<Registry, int, Task> act)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racing = registries.Select(async (registry, racer) =>
        {
            await start.Task;
            return await Record.ExceptionAsync(() => act(registry, racer));
        }).ToArray();
        start.SetResult();
        return await Task.WhenAll(racing);
    }

    private static void AssertOneWon(Exception?[] outcomes, string conflict)
    {
        Assert.Single(outcomes, outcome => outcome is null);
        Assert.All(outcomes.OfType<Exception>(), outcome => Assert.Contains(conflict, Assert.IsType<RegistryConflictException>(outcome).Message));
    }
}
