using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>How far a run is: epochs done, and the best figure of its selection part.</summary>
/// <param name="Steps">That the average of the weights has taken; null where there is none, and in runs of before it was kept.</param>
/// <param name="Recipe">Digest of the recipe that it is trained by; null in runs of before it was kept.</param>
public sealed record RunState(int Epoch, double Best, int? Steps = null, string? Recipe = null)
{
    public static RunState Fresh { get; } = new(0, double.MinValue);
}

/// <summary>
/// The folder of one run: <c>last-N.weights</c>, <c>.optimizer</c>, <c>.average</c> and <c>state.json</c> to go on from, <c>best.weights</c>
/// (of the best epoch, or the average after the last) and <c>recipe.json</c> to export, <c>metrics.jsonl</c> with a line per epoch, and <see cref="RunProgress"/>. State is written last, so a run that was cut off resumes from a whole checkpoint.
/// </summary>
public sealed class RunFolder(string path)
{
    public const string RecipeName = "recipe.json";
    public const string MetricsName = "metrics.jsonl";
    private const string StateName = "state.json";

    private string? _recipe;

    public string Best { get; } = Path.Combine(path, "best.weights");

    public string FilePath(string name) => Path.Combine(path, name);

    /// <summary>Puts the recipe into the folder; a run that is there goes on only by the recipe that it began with.</summary>
    /// <exception cref="ArgumentException">The folder holds a run of another recipe.</exception>
    public void Begin<TRecipe>(TRecipe recipe)
    {
        var digest = RecipeFile.Digest(recipe);
        if (State() is { } state && (state.Recipe ?? StoredDigest<TRecipe>()) != digest)
        {
            throw new ArgumentException(
                $"'{path}' holds a run of another recipe, {state.Epoch} epochs of it: give another folder as --run, or delete that one to begin anew.");
        }

        WriteJson(RecipeName, recipe);
        _recipe = digest;
    }

    /// <summary>Of the recipe in the folder; null where none can be read.</summary>
    public string? StoredDigest<TRecipe>()
    {
        try
        {
            return Has(RecipeName) ? RecipeFile.Digest(ReadJson<TRecipe>(RecipeName)) : null;
        }
        catch (ArgumentException)
        {
            // Of another network, or of a time when recipes had other numbers.
            return null;
        }
    }

    /// <summary>Loads the last checkpoint where there is one.</summary>
    public RunState Resume(nn.Module module, optim.Optimizer optimizer, nn.Module? average = null)
    {
        Directory.CreateDirectory(path);
        if (State() is not { } state)
        {
            return RunState.Fresh;
        }

        module.load(FilePath($"last-{state.Epoch & 1}.weights"));
        optimizer.load_state_dict(FilePath($"last-{state.Epoch & 1}.optimizer"));
        average?.load(FilePath($"last-{state.Epoch & 1}.average"));
        return state;
    }

    /// <summary>Checkpoints take turns between two names, so that one is always whole.</summary>
    public void Save(nn.Module module, optim.Optimizer optimizer, RunState state, nn.Module? average = null)
    {
        module.save(FilePath($"last-{state.Epoch & 1}.weights"));
        optimizer.save_state_dict(FilePath($"last-{state.Epoch & 1}.optimizer"));
        average?.save(FilePath($"last-{state.Epoch & 1}.average"));
        File.WriteAllText(FilePath("state.partial"), JsonSerializer.Serialize(state with { Recipe = _recipe }));
        File.Move(FilePath("state.partial"), FilePath(StateName), overwrite: true);
    }

    public void SaveBest(nn.Module module) => module.save(Best);

    /// <summary>Keeps beside the weights what is needed to use them.</summary>
    public void WriteJson<T>(string name, T value)
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(FilePath(name), JsonSerializer.Serialize(value, RecipeFile.Json));
    }

    public bool Has(string name) => File.Exists(FilePath(name));

    public T ReadJson<T>(string name) => RecipeFile.Read<T>(FilePath(name));

    /// <summary>Whether all epochs are done, so that there is nothing left but to export.</summary>
    public bool IsTrained(int epochs) => File.Exists(Best) && State() is { } state && state.Epoch >= epochs;

    /// <summary>Epochs that are done; 0 before the first.</summary>
    public int Epochs => State()?.Epoch ?? 0;

    /// <summary>Wall-clock hours of the epochs that are done, on a machine that may have had other work.</summary>
    public double Hours() => File.ReadLines(FilePath(MetricsName)).Sum(line => (double)JsonNode.Parse(line)!["seconds"]!) / 3600;

    /// <summary>Removes what only resuming needs.</summary>
    public void DropCheckpoints()
    {
        foreach (var file in Directory.EnumerateFiles(path, "last-*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>Says where the training is, to whoever watches.</summary>
    public void Tell(RunProgress progress)
    {
        File.WriteAllText(FilePath(RunProgress.FileName + ".partial"), JsonSerializer.Serialize(progress, RecipeFile.Json));
        File.Move(FilePath(RunProgress.FileName + ".partial"), FilePath(RunProgress.FileName), overwrite: true);
    }

    public void Log(int epoch, double loss, Scores? scores, TimeSpan elapsed, int examples)
    {
        var line = new JsonObject
        {
            ["epoch"] = epoch,
            ["loss"] = Math.Round(loss, 5),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 1),
            ["examples"] = examples,
            ["selection"] = scores?.ToJson(),
        };
        File.AppendAllText(FilePath(MetricsName), line.ToJsonString() + "\n");
    }

    private RunState? State() =>
        Has(StateName) ? JsonSerializer.Deserialize<RunState>(File.ReadAllText(FilePath(StateName))) : null;
}
