using System.Text.Json.Nodes;
using Emotion.Contracts.Training.V1;
using Emotion.Training.Commands;
using Emotion.Training.Recipes;
using Emotion.Training.Tests.Own;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Emotion.Training.Tests.Runs;

/// <summary>A corpus that espeak-ng speaks, and a recipe that learns from it in a second or so.</summary>
public sealed class RunsFixture : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly string _root = Directory.CreateTempSubdirectory("training-runs-").FullName;

    public RunsFixture() => Spoken.Corpus(Path.Combine(Corpora, "spoken"), people: 4, sentences: 2);

    public string Corpora => Path.Combine(_root, "corpora");

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName()[..8])).FullName;

    public static StartRequest Tiny(int epochs)
    {
        var patch = new JsonObject
        {
            ["network"] = "squeezenet", ["stem"] = "conv3x3-stride2-pool", ["init"] = null, ["voiceActivity"] = null, ["mfcc"] = new JsonObject { ["frames"] = 64 },
            ["training"] = new JsonObject { ["epochs"] = epochs, ["batchSize"] = 4, ["precision"] = "float32" },
        };
        return new StartRequest { Network = "audio", RecipeName = "audio-own", PatchJson = patch.ToJsonString(RecipeFile.Json), Corpus = "spoken", CorpusName = "spoken" };
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>Waits for a condition, and for no time.</summary>
    public static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var value = await read();
        while (!holds(value))
        {
            try
            {
                await Task.Delay(50, patience.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"It stayed so: {value}");
            }

            value = await read();
        }

        return value;
    }
}

/// <summary>The training service in this process, with limits that a test can reach.</summary>
internal sealed class ServedRuns : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private ServedRuns(WebApplication app)
    {
        _app = app;
        Address = app.Urls.Single();
        _channel = GrpcChannel.ForAddress(Address);
        Client = new TrainingRuns.TrainingRunsClient(_channel);
    }

    public string Address { get; }

    public TrainingRuns.TrainingRunsClient Client { get; }

    public static string[] Settings(RunsFixture fixture, string folder) =>
    [
        $"--TrainingRuns:Folder={folder}", $"--TrainingRuns:CorporaFolder={fixture.Corpora}", "--TrainingRuns:Threads=1", "--TrainingRuns:Interval=00:00:00.050",
        "--TrainingRuns:Niceness=0", "--TrainingRuns:MaximumQueued=1", "--TrainingRuns:Grace=00:00:30",
    ];

    public static async Task<ServedRuns> StartAsync(RunsFixture fixture, string folder, params string[] settings)
    {
        var app = ServeCommand.Build("http://127.0.0.1:0", [.. Settings(fixture, folder), .. settings]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ServedRuns(app);
    }

    public Task<Run> UntilAsync(string id, Func<Run, bool> holds) => RunsFixture.UntilAsync(
        async () => await Client.GetAsync(new RunRequest { Id = id }, cancellationToken: TestContext.Current.CancellationToken), holds);

    /// <summary>Ends the service, and no run.</summary>
    public async Task StopAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _channel.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        // What a test has left going must not compute beside the next one.
        foreach (var run in (await Client.ListAsync(new ListRequest(), cancellationToken: CancellationToken.None)).Runs.Where(run => run.State is RunState.Running or RunState.Queued))
        {
            await Client.CancelAsync(new RunRequest { Id = run.Id }, cancellationToken: CancellationToken.None);
            await UntilAsync(run.Id, now => now.State is not (RunState.Running or RunState.Queued));
        }

        _channel.Dispose();
        await _app.DisposeAsync();
    }
}
