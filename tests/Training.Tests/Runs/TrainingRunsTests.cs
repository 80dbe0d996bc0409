using Emotion.Contracts.Training.V1;
using Emotion.Training.Loop;
using Emotion.Training.Runs;
using Grpc.Core;
using RunState = Emotion.Contracts.Training.V1.RunState;

namespace Emotion.Training.Tests.Runs;

/// <summary>The service with real trainings of a second in processes of their own.</summary>
public sealed class TrainingRunsTests(RunsFixture fixture) : IClassFixture<RunsFixture>
{
    private const int Endless = 100_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_FromStartToEnd_IsWatchedWithProgressAndFiguresAndLeavesANetwork()
    {
        var folder = fixture.NewFolder();
        using var heard = new Heard();
        await using var served = await ServedRuns.StartAsync(fixture, folder);

        var run = await served.Client.StartAsync(RunsFixture.Tiny(3), cancellationToken: Token);
        var seen = new List<Run>();
        using var watch = served.Client.Watch(new RunRequest { Id = run.Id }, cancellationToken: Token);
        while (await watch.ResponseStream.MoveNext(Token))
        {
            seen.Add(watch.ResponseStream.Current);
        }

        var last = seen[^1];
        Assert.True(last.State == RunState.Succeeded, last.Error);
        Assert.Contains(seen, one => one.State == RunState.Running && one.Progress.Stage == "preparing");
        Assert.Contains(seen, one => one.Progress is { Stage: "training", Epochs: 3, ExamplesPerSecond: > 0, Loss: > 0 });
        Assert.Equal(seen.Select(one => one.Progress.Fraction).Order(), seen.Select(one => one.Progress.Fraction));
        Assert.Equal([1, 2, 3], last.Epochs.Select(epoch => epoch.Epoch_));
        Assert.All(last.Epochs, epoch => Assert.InRange(epoch.Selection["uar"], 0, 1));
        Assert.Equal((1, 1.0, "done"), (last.Progress.Epochs / 3, last.Progress.Fraction, last.Progress.Stage));
        Assert.True(File.Exists(new RunFolder(last.Folder).Best));
        Assert.Contains("epoch 3/3", await File.ReadAllTextAsync(last.Log, Token), StringComparison.Ordinal);
        Assert.Equal("squeezenet", (string?)System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, run.Id, "recipe.json"), Token))!["network"]);
        Assert.Equal([run.Id], (await served.Client.ListAsync(new ListRequest(), cancellationToken: Token)).Runs.Select(one => one.Id));
        var span = await RunsFixture.UntilAsync(() => Task.FromResult(heard.Span("training run", run.Id)), one => one is not null);
        Assert.Equal(("Succeeded", 3), (span!.GetTagItem("emotion.training.outcome"), span.GetTagItem("emotion.training.epochs")));
        Assert.Equal(heard.Span("prepare run", run.Id)!.TraceId, span.TraceId);
        Assert.Equal((3, 1), (heard.Counted("emotion.training.epochs"), heard.Counted("emotion.training.tries")));
        Assert.InRange(heard.Counted("emotion.training.examples"), 3, 3 * 16);
        Assert.Equal(StatusCode.FailedPrecondition, await StatusAsync(() => served.Client.CancelAsync(new RunRequest { Id = run.Id }, cancellationToken: Token)));
        Assert.Equal(StatusCode.FailedPrecondition, await StatusAsync(() => served.Client.ResumeAsync(new RunRequest { Id = run.Id }, cancellationToken: Token)));
    }

    [Fact]
    public async Task Queue_Full_RefusesOneMoreAndGoesOnWhenTheFirstIsCancelled()
    {
        await using var served = await ServedRuns.StartAsync(fixture, fixture.NewFolder());
        var first = await served.Client.StartAsync(RunsFixture.Tiny(Endless), cancellationToken: Token);
        await served.UntilAsync(first.Id, run => run.State == RunState.Running);
        var second = await served.Client.StartAsync(RunsFixture.Tiny(1), cancellationToken: Token);

        var full = await Assert.ThrowsAsync<RpcException>(async () => await served.Client.StartAsync(RunsFixture.Tiny(1), cancellationToken: Token));
        Assert.Equal((StatusCode.ResourceExhausted, 2), (full.StatusCode, (await served.Client.ListAsync(new ListRequest(), cancellationToken: Token)).Runs.Count));
        Assert.Contains("1 runs go and 1 wait", full.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(RunState.Queued, (await served.Client.GetAsync(new RunRequest { Id = second.Id }, cancellationToken: Token)).State);

        await served.Client.CancelAsync(new RunRequest { Id = first.Id }, cancellationToken: Token);
        await served.UntilAsync(first.Id, run => run.State == RunState.Cancelled);
        await served.UntilAsync(second.Id, run => run.State == RunState.Succeeded);
    }

    [Fact]
    public async Task Run_KilledAndResumed_GoesOnFromItsCheckpoint()
    {
        var folder = fixture.NewFolder();
        await using var served = await ServedRuns.StartAsync(fixture, folder);
        var run = await served.Client.StartAsync(RunsFixture.Tiny(Endless), cancellationToken: Token);
        await served.UntilAsync(run.Id, one => one.Epochs.Count >= 2);
        var store = new RunStore(new TrainingRunsOptions { Folder = folder });

        RunProcess.End(store.Read(run.Id).Process!, run.Id);

        var gone = await served.UntilAsync(run.Id, one => one.State == RunState.Interrupted);
        Assert.Contains("resume it", gone.Error, StringComparison.Ordinal);
        await served.Client.ResumeAsync(new RunRequest { Id = run.Id }, cancellationToken: Token);
        var again = await served.UntilAsync(run.Id, one => one.Epochs.Count > gone.Epochs.Count + 1);
        Assert.Equal((2, RunState.Running), (again.Tries, again.State));
        Assert.Contains("resumed after epoch", await File.ReadAllTextAsync(again.Log, Token), StringComparison.Ordinal);
        Assert.Equal(again.Epochs.Select((_, i) => i + 1), again.Epochs.Select(epoch => epoch.Epoch_));
    }

    [Fact]
    public async Task Run_WithARecipeThatTrainsNothing_FailsWithWhatItSaid()
    {
        await using var served = await ServedRuns.StartAsync(fixture, fixture.NewFolder());
        var request = RunsFixture.Tiny(1);
        request.PatchJson = request.PatchJson.Replace("squeezenet", "resnet19", StringComparison.Ordinal);

        var run = await served.Client.StartAsync(request, cancellationToken: Token);

        var failed = await served.UntilAsync(run.Id, one => one.State == RunState.Failed);
        Assert.StartsWith("exit status 2: ", failed.Error, StringComparison.Ordinal);
        Assert.Contains("resnet19", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfACorpusWithMoreSoundThanTheServiceTakes_FailsWithHowMuchItIs()
    {
        await using var served = await ServedRuns.StartAsync(fixture, fixture.NewFolder(), "--TrainingRuns:Corpus:MaximumSeconds=2.5");

        var run = await served.Client.StartAsync(RunsFixture.Tiny(1), cancellationToken: Token);
        var failed = await served.UntilAsync(run.Id, one => one.State is not (RunState.Queued or RunState.Running));

        Assert.Equal(RunState.Failed, failed.State);
        Assert.Matches(@"The corpus has \d+ s of sound, and at most 2\.5 are taken\.", failed.Error);
    }

    [Fact]
    public async Task Run_ThatNeedsMoreMemoryThanItMay_IsRefusedItByTheKernel()
    {
        await using var served = await ServedRuns.StartAsync(fixture, fixture.NewFolder(), "--TrainingRuns:MemoryMegabytes=256", "--TrainingRuns:HeapMegabytes=64");
        var request = RunsFixture.Tiny(1);
        request.PatchJson = request.PatchJson.Replace("squeezenet", "resnet101", StringComparison.Ordinal);

        var run = await served.Client.StartAsync(request, cancellationToken: Token);

        var failed = await served.UntilAsync(run.Id, one => one.State is not (RunState.Queued or RunState.Running));
        Assert.Equal(RunState.Failed, failed.State);
        Assert.DoesNotContain("exit status 2:", failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_ThatMakeNoSense_HaveTheStatusOfTheContractAndLeaveNothing()
    {
        var folder = fixture.NewFolder();
        await using var served = await ServedRuns.StartAsync(fixture, folder);
        var badTable = Directory.CreateDirectory(Path.Combine(fixture.Corpora, "bad")).FullName;
        await File.WriteAllTextAsync(Path.Combine(badTable, "labels.csv"), "clip,emotion,subject\na.wav,glad,Anna\n", Token);
        StartRequest With(Action<StartRequest> change)
        {
            var request = RunsFixture.Tiny(1);
            change(request);
            return request;
        }

        (StatusCode Status, string Said, StartRequest Request)[] table =
        [
            (StatusCode.InvalidArgument, "'speech' is no network: say audio,", With(request => request.Network = "speech")),
            (StatusCode.InvalidArgument, "There is no recipe 'none'", With(request => request.RecipeName = "none")),
            (StatusCode.InvalidArgument, "is no name of a shipped recipe", With(request => request.RecipeName = "../audio")),
            (StatusCode.InvalidArgument, "recipe_json is no JSON", With(request => request.RecipeJson = "{")),
            (StatusCode.InvalidArgument, "The recipe cannot be read as a AudioRecipe", With(request => request.RecipeJson = "{}")),
            (StatusCode.InvalidArgument, "'pace'", With(request => request.PatchJson = "{\"pace\":1}")),
            (StatusCode.InvalidArgument, "There is no package audio/20200101-0000-00000000", With(request => request.Init = "20200101-0000-00000000")),
            (StatusCode.InvalidArgument, "There is no package audio/../text", With(request => request.Init = "../text")),
            (StatusCode.InvalidArgument, "name it as corpus", With(request => request.Corpus = "")),
            (StatusCode.InvalidArgument, "is not in the service's folder of corpora", With(request => request.Corpus = "../spoken")),
            (StatusCode.InvalidArgument, "There is no corpus", With(request => request.Corpus = "missing")),
            (StatusCode.InvalidArgument, "row 2, column emotion: 'glad' is none", With(request => request.Corpus = "bad")),
            (StatusCode.InvalidArgument, "stands on a run of video", With(request => (request.Network, request.RecipeName, request.PatchJson) = ("sequence", "", ""))),
            (StatusCode.NotFound, "There is no run 'x'", With(request => (request.Network, request.RecipeName, request.PatchJson, request.UpstreamRun) = ("sequence", "", "", "x"))),
        ];
        foreach (var (status, said, request) in table)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(async () => await served.Client.StartAsync(request, cancellationToken: Token));

            Assert.Equal((said, status), (said, refused.StatusCode));
            Assert.Contains(said, refused.Status.Detail, StringComparison.Ordinal);
        }

        var nowhere = new RunRequest { Id = "20200101-000000-00000000" };
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => served.Client.GetAsync(nowhere, cancellationToken: Token)));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => served.Client.CancelAsync(nowhere, cancellationToken: Token)));
        Assert.Equal(StatusCode.NotFound, await StatusAsync(() => served.Client.ResumeAsync(new RunRequest { Id = "../x" }, cancellationToken: Token)));
        using var watch = served.Client.Watch(nowhere, cancellationToken: Token);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(Token))).StatusCode);
        Assert.Empty(Directory.GetDirectories(folder));
    }

    private static async Task<StatusCode> StatusAsync(Func<AsyncUnaryCall<Run>> call) =>
        (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode;
}
