using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Tests;

namespace Emotion.Gateway.Tests;

/// <summary>Canary and shadow, with the real gateway, a registry in the real blob emulator, and requests all the time.</summary>
public sealed class RolloutSystemTests(AzuriteFixture azurite, TestClips clips) : IDisposable
{
    private const string First = FakeAnswers.Release;
    private const int Happy = 2;

    private readonly TestPackages _packages = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Canary_FindsSomethingElse_IsRolledBackEverywhereAndNobodyIsRefused()
    {
        var options = azurite.CreateOptions();
        var registry = await RegistryAsync(options, First, "r2");
        await using var system = await StartAsync(options);
        await using var other = await StartAsync(options); // Sees no requests, and has to hear of it.
        foreach (var one in (FakeSystem[])[system, other])
        {
            one.Fusion.Finds = release => release == "r2" ? Happy : null;
            await OfferAsync(one, First, "r2");
        }

        await registry.PromoteAsync("canary", "r2", 0.5, "ada", "a try", Cancelled);
        await using var traffic = new Traffic(system, clips.SoundOnly());
        var rolledBack = await EventuallyAsync(async () => (await registry.ChannelAsync("canary", Cancelled))!.Channel is { Share: 0 } now ? now : null);
        await FakeSystem.WaitUntilAsync(() => other.Log.Lines.Any(line => line.Contains("No canary gets requests")));
        var before = traffic.Answers.Count;
        await FakeSystem.WaitUntilAsync(() => traffic.Answers.Count >= before + 10);
        var answers = await traffic.StopAsync();

        var halt = rolledBack.Halt()!;
        Assert.Equal(("shift", "gateway here", 2), (halt.HaltedBy, halt.Who, rolledBack.Generation));
        Assert.StartsWith("shift: its predictions for ", halt.Why);
        Assert.Contains(system.Log.Lines, line => line.Contains("The canary r2 gets no requests any more, for shift"));
        Assert.InRange(answers.Count(answer => (bool)answer["models"]!["canary"]!), 10, 100);
        Assert.All(answers.TakeLast(5), answer => Assert.Equal((First, false), (answer.Text("models", "release"), (bool)answer["models"]!["canary"]!)));
        AssertCoherent(system, answers);
    }

    [Fact]
    public async Task Releases_PromotedAndRolledBackUnderLoad_EachAnswerIsOfOneReleaseAndNoneIsLost()
    {
        var options = azurite.CreateOptions();
        string[] releases = [First, .. Enumerable.Range(1, 6).Select(i => $"r{i}")];
        var registry = await RegistryAsync(options, releases);
        await using var system = await StartAsync(options, ("Gateway:Canary:AutomaticRollback", "false"));
        await using var traffic = new Traffic(system, clips.SoundOnly());

        var stable = First;
        foreach (var next in releases.Skip(1))
        {
            await OfferAsync(system, stable, next);
            await registry.PromoteAsync("canary", next, 0.5, "ada", "a try", Cancelled);
            await FakeSystem.WaitUntilAsync(() => traffic.Answers.Any(answer => answer.Text("models", "release") == next)); // Of the last canary some may still come.
            if (next is "r2" or "r4")
            {
                await registry.PromoteAsync("canary", next, 0, "ada", "not that one", Cancelled);
            }
            else
            {
                stable = next;
            }

            // From one moment to the next no channel points at the others: what is under way with them must still end with them.
            await OfferAsync(system, stable);
        }

        var answers = await traffic.StopAsync();

        Assert.Equal(releases, answers.Select(answer => answer.Text("models", "release")).Distinct().Order().Prepend(First).Distinct());
        AssertCoherent(system, answers);
    }

    [Fact]
    public async Task Canary_RegistryCannotBeWritten_IsOffHereAndSaysSo()
    {
        using var keys = new TestKeys();
        var options = keys.Sign(azurite.CreateOptions());
        var registry = await RegistryAsync(options, First, "r2");
        await using var system = await StartAsync(options, ("ModelRegistry:TrustedKeys:0", keys.Key.PublicPem));
        system.Fusion.Finds = release => release == "r2" ? Happy : null;
        await OfferAsync(system, First, "r2");
        await registry.PromoteAsync("canary", "r2", 0.5, "ada", "a try", Cancelled);
        await using var traffic = new Traffic(system, clips.SoundOnly());

        await FakeSystem.WaitUntilAsync(() => system.Log.Lines.Any(line => line.Contains("The canary is off on this gateway only")));
        var before = traffic.Answers.Count;
        await FakeSystem.WaitUntilAsync(() => traffic.Answers.Count >= before + 10);
        var answers = await traffic.StopAsync();

        Assert.All(answers.TakeLast(5), answer => Assert.Equal(First, answer.Text("models", "release")));
        Assert.Equal(0.5, (await registry.ChannelAsync("canary", Cancelled))!.Channel.Share);
        Assert.Equal(HttpStatusCode.OK, (await system.Http.AskAsync("/health")).StatusCode);
    }

    [Fact]
    public async Task Shadow_CopiesWhatStableAnswered_ComparesAndDelaysNobody()
    {
        var options = azurite.CreateOptions();
        var registry = await RegistryAsync(options, First, "r2");
        // The copy that hangs makes no room for callers meanwhile, which it would where one of them happens to wait as it is looked.
        await using var system = await StartAsync(
            options, ("Gateway:Shadow:LoadCheckPeriod", "00:01:00"), ("Gateway:Shadow:Deadline", "01:00:00"), ("Gateway:Calls:FusionDeadline", "01:00:00"));
        await OfferAsync(system, First, "r2");
        await registry.PromoteAsync("shadow", "r2", 1, "ada", "a look", Cancelled);
        await FakeSystem.WaitUntilAsync(() => system.Rollout.Shadow is not null);
        system.Fusion.Finds = release => release == "r2" ? Happy : null;

        var answer = await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
        await FakeSystem.WaitUntilAsync(() => system.Log.Lines.Any(line => line.Contains($"r2 compared with {First}: agrees False, divergence 0.")));

        Assert.Equal(First, answer.Text("models", "release"));
        await FakeSystem.WaitUntilAsync(() => !system.LeftOnDisk.Any());

        // One copy hangs, and has the only place: callers are answered, and their copies dropped.
        system.Fusion.AskedFor = (release, context) => release == "r2" ? Task.Delay(Timeout.Infinite, context.CancellationToken) : Task.CompletedTask;
        await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
        await FakeSystem.WaitUntilAsync(() => system.Fusion.Asked.Count(asked => asked.Release == "r2") == 2);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(First, (await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync()).Text("models", "release"));
        }

        Assert.Equal(2, system.Fusion.Asked.Count(asked => asked.Release == "r2"));
    }

    [Fact]
    public async Task Release_PinnedByTheCaller_AnswersAndIsNoCanary()
    {
        var options = azurite.CreateOptions();
        var registry = await RegistryAsync(options, First, "r2");
        await using var system = await StartAsync(options);
        await OfferAsync(system, First, "r2");
        await registry.PromoteAsync("canary", "r2", 1, "ada", "all of it", Cancelled);
        await FakeSystem.WaitUntilAsync(() => system.Rollout.Canary is not null);

        var drawn = await system.Http.PostRawAsync(clips.SoundOnly()).AnswerAsync();
        var tried = await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true&release=r2").AnswerAsync();
        var old = await system.Http.PostRawAsync(clips.SoundOnly(), $"?wait=true&release={First}").AnswerAsync();
        var (response, reason) = await system.Http.PostRawAsync(clips.SoundOnly(), "?wait=true&release=r3").ProblemAsync();

        Assert.Equal(("r2", true), (drawn.Text("models", "release"), (bool)drawn["models"]!["canary"]!));
        Assert.Equal(("r2", false), (tried.Text("models", "release"), (bool)tried["models"]!["canary"]!));
        Assert.Equal((First, false), (old.Text("models", "release"), (bool)old["models"]!["canary"]!));
        Assert.Equal((HttpStatusCode.Conflict, "unknown-release"), (response.StatusCode, reason));
    }

    private static Task<FakeSystem> StartAsync(ModelRegistryOptions options, params (string Key, string Value)[] settings) => FakeSystem.StartAsync([
        ("ConnectionStrings:models", options.ConnectionString),
        ("ModelRegistry:Container", options.Container),
        ("ModelRegistry:CacheDirectory", options.CacheDirectory),
        ("Gateway:Canary:Name", "here"),
        ("Gateway:Canary:PollPeriod", "00:00:00.200"),
        ("Gateway:Canary:LookEvery", "10"),
        ("Gateway:Canary:MinimumStable", "10"),
        .. settings]);

    /// <summary>Every replica has these releases, and the gateway knows.</summary>
    private static async Task OfferAsync(FakeSystem system, params string[] releases)
    {
        system.Releases = releases;
        await FakeSystem.WaitUntilAsync(() => system.Offered.Select(release => release.Name).ToHashSet().SetEquals(releases));
    }

    private static void AssertCoherent(FakeSystem system, IReadOnlyCollection<JsonObject> answers)
    {
        var fused = system.Fusion.Asked.ToLookup(asked => asked.ClipId, asked => asked.Release);
        Assert.All(answers, answer =>
        {
            var (id, release) = (answer.Text("id"), answer.Text("models", "release"));
            Assert.Equal([release], fused[id].Append(system.Audio.Releases[id]).Distinct());
        });
    }

    private static async Task<T> EventuallyAsync<T>(Func<Task<T?>> look) where T : class
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            await Task.Delay(100, deadline.Token);
        }
    }

    private async Task<Registry> RegistryAsync(ModelRegistryOptions options, params string[] releases)
    {
        var registry = new Registry(Microsoft.Extensions.Options.Options.Create(options), TimeProvider.System);
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        foreach (var release in releases)
        {
            await registry.PublishReleaseAsync(TestPackages.Release(release, package), Cancelled);
        }

        return registry;
    }

    /// <summary>Two clients that send the same clip again and again, until they are stopped or one is refused.</summary>
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task[] _clients;

        public Traffic(FakeSystem system, string clip) => _clients = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                Answers.Enqueue(await system.Http.PostRawAsync(clip).AnswerAsync());
            }
        }))];

        public ConcurrentQueue<JsonObject> Answers { get; } = new();

        public async Task<IReadOnlyCollection<JsonObject>> StopAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_clients);
            return [.. Answers];
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _stop.Dispose();
        }
    }
}
