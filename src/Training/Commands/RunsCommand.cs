using System.CommandLine;
using Emotion.Contracts.Training.V1;
using Emotion.Training.Runs;

namespace Emotion.Training.Commands;

/// <summary>Trainings as processes of their own, of this machine or of a training service.</summary>
internal static class RunsCommand
{
    /// <summary>Set by `./emotion training` to the service of the system that runs here, if one runs there.</summary>
    private const string ServiceVariable = "EMOTION_TRAINING_SERVICE";

    private static readonly Option<string?> Service = new("--service")
    {
        Description = $"Address of a training service, by default what {ServiceVariable} says; without one, runs of this machine, which are looked after while a command watches them.",
    };

    private static readonly Option<string?> Folder = new("--runs") { Description = "Folder of runs on this machine; by default .emotion/training-runs." };

    private static readonly Option<bool> Detach = new("--detach") { Description = "Says the run's name and does not watch it." };

    public static Command Create() => new("runs", "Trainings that go on by themselves: start, list, watch, cancel, resume.")
    {
        Start(),
        Listing(),
        OnRun("watch", "Shows how a run goes until it ends; Ctrl-C stops looking, not the run.", (runs, id, look) => look.WatchAsync(runs, id)),
        OnRun("cancel", "Stops a run after at most its grace; its last whole epoch is kept.", async (runs, id, look) =>
        {
            await runs.CancelAsync(id, look.Token);
            return await look.WatchAsync(runs, id);
        }),
        OnRun("resume", "Goes on with a run that failed, was cancelled or interrupted, from its last whole epoch.", async (runs, id, look) =>
        {
            await runs.ResumeAsync(id, look.Token);
            return await look.FollowAsync(runs, id);
        }, Detach),
    };

    private static Command Start()
    {
        var network = new Argument<string>("network") { Description = "audio, audio-two-branch, video, sequence, sequence-own, text or fusion." };
        var recipe = new Option<string?>("--recipe") { Description = "A shipped recipe's name, or a file." };
        var patch = new Option<string?>("--patch") { Description = "What is changed in it, a JSON merge patch: '{\"training\":{\"epochs\":3}}'." };
        var upstream = new Option<string?>("--upstream") { Description = "The run that this one stands on: of sequence one of video, of audio-two-branch one of audio." };
        var command = new Command("start", "Starts a training in a process of its own.")
        {
            network, recipe, patch, upstream, OwnCorpusOption.Corpus, OwnCorpusOption.Name, OwnCorpusOption.Licence, OwnCorpusOption.Commercial,
            OwnCorpusOption.Init, Detach, Service, Folder,
        };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var request = new StartRequest
            {
                Network = result.GetValue(network), PatchJson = result.GetValue(patch) ?? "", UpstreamRun = result.GetValue(upstream) ?? "",
                Corpus = result.GetValue(OwnCorpusOption.Corpus) ?? "", CorpusName = result.GetValue(OwnCorpusOption.Name) ?? "",
                CorpusLicence = result.GetValue(OwnCorpusOption.Licence) ?? "", CorpusAllowsCommercialUse = result.GetValue(OwnCorpusOption.Commercial),
                Init = result.GetValue(OwnCorpusOption.Init) ?? "",
            };
            if (result.GetValue(recipe) is { } named && named.EndsWith(".json", StringComparison.Ordinal))
            {
                request.RecipeJson = await File.ReadAllTextAsync(named, token);
            }
            else
            {
                request.RecipeName = result.GetValue(recipe) ?? "";
            }

            using var look = Look(result, token);
            var run = await look.Runs.StartAsync(request, token);
            Console.WriteLine($"run {run.Id}: {run.Network} by {run.Recipe}; log {run.Log}");
            return await look.FollowAsync(look.Runs, run.Id);
        }));
        return command;
    }

    private static Command Listing()
    {
        var limit = new Option<int>("--limit") { Description = "At most so many, the newest first.", DefaultValueFactory = _ => 20 };
        var command = new Command("list", "Runs, the newest first.") { limit, Service, Folder };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            using var look = Look(result, token);
            await look.KeepAsync();
            foreach (var run in await look.Runs.ListAsync(result.GetValue(limit), token))
            {
                Console.WriteLine(RunLine.Of(run));
            }

            return 0;
        }));
        return command;
    }

    private static Command OnRun(string verb, string description, Func<ITrainingRuns, string, RunLook, Task<int>> act, params Option[] options)
    {
        var id = new Argument<string>("run") { Description = "As `list` names it." };
        var command = new Command(verb, description) { id, Service, Folder };
        Array.ForEach(options, command.Add);
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            using var look = Look(result, token);
            return await act(look.Runs, result.GetValue(id)!, look);
        }));
        return command;
    }

    // Who names a folder means the runs in it, whatever service there is.
    internal static string? ServiceOf(string? named, string? folder, string? found) => named ?? (folder is null && found is { Length: > 0 } ? found : null);

    private static RunLook Look(ParseResult result, CancellationToken token) => new(
        ServiceOf(result.GetValue(Service), result.GetValue(Folder), Environment.GetEnvironmentVariable(ServiceVariable)), result.GetValue(Folder), result.GetValue(Detach), Console.Out, !Console.IsOutputRedirected, token);
}
