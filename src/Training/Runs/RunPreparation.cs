using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Emotion.Contracts.Training.V1;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;

namespace Emotion.Training.Runs;

/// <summary>What somebody asks for, checked as far as can be without training, and put into the run's folder.</summary>
public sealed partial class RunPreparation(RunStore store, TrainingRunsOptions options, TimeProvider time)
{
    public const string Given = "given";

    /// <returns>The run, not yet in the queue; a refusal leaves no folder.</returns>
    /// <exception cref="RunRefusedException">The request makes no sense, or names a run that is not there or has not succeeded.</exception>
    /// <exception cref="CorpusException">The corpus is not as it must be.</exception>
    public async Task<RunRecord> PrepareAsync(StartRequest request, CancellationToken cancellationToken)
    {
        using var activity = TrainingRunsInstruments.Activities.StartActivity("prepare run");
        var network = TrainedNetworks.Named(request.Network);
        var (name, recipe) = Recipe(request, network);
        var epochs = Checked(() => network.Epochs(recipe));
        var upstream = Upstream(request, network);
        var id = store.Create(time);
        activity?.SetTag("emotion.training.run.id", id);
        try
        {
            await File.WriteAllTextAsync(store.RecipeOf(id), recipe.ToJsonString(RecipeFile.Json), cancellationToken);
            await TakeCorpusAsync(id, request, recipe["own"] is not null, cancellationToken);
            var now = time.GetUtcNow();
            return new RunRecord
            {
                Id = id, Network = network.Name, Recipe = name, Epochs = epochs, Phase = RunPhase.Queued, Created = now, Queued = now,
                Trace = Activity.Current?.Id, Arguments =
                [
                    "--recipe", store.RecipeOf(id), "--run", store.TrainingOf(id).FilePath(""),
                    "--threads", options.Threads.ToString(CultureInfo.InvariantCulture),
                    .. network.TakesPackages ? ["--packages", options.Packages] : Array.Empty<string>(), .. upstream,
                ],
            };
        }
        catch
        {
            Directory.Delete(store.FolderOf(id), recursive: true);
            throw;
        }
    }

    private (string Name, JsonObject Recipe) Recipe(StartRequest request, TrainedNetwork network)
    {
        var given = request.RecipeCase == StartRequest.RecipeOneofCase.RecipeJson;
        var name = given ? Given : request.RecipeName.Length > 0 ? request.RecipeName : network.ShippedRecipe;
        if (!given && !RecipeName().IsMatch(name))
        {
            throw Invalid($"'{name}' is no name of a shipped recipe: a recipe of your own goes into recipe_json.");
        }

        var recipe = given ? Parsed(request.RecipeJson, "recipe_json") : Checked(() => RecipeFile.Read<JsonObject>(name));
        recipe = request.PatchJson.Length == 0 ? recipe : (JsonObject)MergePatch.Apply(recipe, Parsed(request.PatchJson, "patch_json"))!;
        if (request.Init.Length > 0)
        {
            recipe["init"] = network.HasInit ? request.Init : throw Invalid($"A training of {network.Name} starts from no published version: leave out init.");
        }

        if (network.HasInit && recipe["init"] is { } init && (init.GetValueKind() != JsonValueKind.String || !PackageVersion.IsValid(init.GetValue<string>())
            || !Directory.Exists(Path.Combine(options.Packages, network.Model, init.GetValue<string>()))))
        {
            throw Invalid($"There is no package {network.Model}/{init} to start from among the packages of this machine.");
        }

        return (name, recipe);
    }

    private string[] Upstream(StartRequest request, TrainedNetwork network)
    {
        if (network.Upstream is not { } upstream)
        {
            return request.UpstreamRun.Length == 0 ? [] : throw Invalid($"A training of {network.Name} stands on no other run: leave out upstream_run.");
        }

        if (request.UpstreamRun.Length == 0)
        {
            throw Invalid($"A training of {network.Name} stands on a run of {upstream.Network}: name it as upstream_run.");
        }

        var run = store.Read(request.UpstreamRun);
        if (run.Network != upstream.Network)
        {
            throw Invalid($"The run {run.Id} is one of {run.Network}, and {network.Name} stands on one of {upstream.Network}.");
        }

        return run.Phase == RunPhase.Succeeded
            ? [upstream.Option, store.TrainingOf(run.Id).FilePath("")]
            : throw new RunRefusedException(RunRefusal.WrongState, $"The run {run.Id} has not succeeded: {network.Name} stands on a whole one.");
    }

    private async Task TakeCorpusAsync(string id, StartRequest request, bool wanted, CancellationToken cancellationToken)
    {
        if (request.Corpus.Length == 0)
        {
            if (wanted)
            {
                throw Invalid("The recipe learns from a corpus of one's own: name it as corpus.");
            }

            return;
        }

        if (!wanted)
        {
            throw Invalid("The recipe learns from no corpus of one's own: take audio-own or sequence-own, or leave out corpus.");
        }

        var path = CorpusPath(request.Corpus);
        var name = request.CorpusName.Length > 0 ? request.CorpusName : OwnCorpus.Name(path);
        var licence = request.CorpusLicence.Length > 0 ? request.CorpusLicence : OwnCorpusSource.NoLicence;
        await RunCorpus.BeginAsync(
            store.TrainingOf(id), new OwnCorpusSource(path, name, licence, request.CorpusAllowsCommercialUse), options.Corpus, cancellationToken);
    }

    private string CorpusPath(string corpus)
    {
        if (options.CorporaFolder.Length == 0)
        {
            return Path.GetFullPath(corpus);
        }

        var root = Path.GetFullPath(options.CorporaFolder);
        var path = Path.GetFullPath(Path.Combine(root, corpus));
        return path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw Invalid($"The corpus '{corpus}' is not in the service's folder of corpora: put it there, and name it by its path in it.");
    }

    private static JsonObject Parsed(string json, string called)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? throw Invalid($"{called} is no JSON object.");
        }
        catch (JsonException broken)
        {
            throw Invalid($"{called} is no JSON: {broken.Message}");
        }
    }

    private static T Checked<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ArgumentException wrong)
        {
            throw Invalid(wrong.Message);
        }
    }

    private static RunRefusedException Invalid(string message) => new(RunRefusal.Invalid, message);

    [GeneratedRegex("^[a-z0-9-]{1,64}$")]
    private static partial Regex RecipeName();
}
