using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>How far a run is: epochs done, and the best figure of its selection part.</summary>
public sealed record RunState(int Epoch, double Best)
{
    public static RunState Fresh { get; } = new(0, double.MinValue);
}

/// <summary>
/// The folder of one run: <c>last-N.weights</c>, <c>.optimizer</c>, <c>.average</c> and <c>state.json</c> to go on from, <c>best.weights</c>
/// (of the best epoch, or the average after the last) and <c>recipe.json</c> to export, and <c>metrics.jsonl</c> with a line per epoch. State is written last, so a run that was cut off resumes from a whole checkpoint.
/// </summary>
public sealed class RunFolder(string path)
{
    public const string RecipeName = "recipe.json";
    public const string MetricsName = "metrics.jsonl";

    public string Best { get; } = Path.Combine(path, "best.weights");

    public string FilePath(string name) => Path.Combine(path, name);

    /// <summary>Loads the last checkpoint where there is one.</summary>
    public RunState Resume(nn.Module module, optim.Optimizer optimizer, nn.Module? average = null)
    {
        Directory.CreateDirectory(path);
        if (!File.Exists(FilePath("state.json")))
        {
            return RunState.Fresh;
        }

        var state = JsonSerializer.Deserialize<RunState>(File.ReadAllText(FilePath("state.json")))!;
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
        File.WriteAllText(FilePath("state.partial"), JsonSerializer.Serialize(state));
        File.Move(FilePath("state.partial"), FilePath("state.json"), overwrite: true);
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
    public bool IsTrained(int epochs) => File.Exists(Best) && File.Exists(FilePath("state.json"))
        && JsonSerializer.Deserialize<RunState>(File.ReadAllText(FilePath("state.json")))!.Epoch >= epochs;

    /// <summary>Removes what only resuming needs.</summary>
    public void DropCheckpoints()
    {
        foreach (var file in Directory.EnumerateFiles(path, "last-*"))
        {
            File.Delete(file);
        }
    }

    public void Log(int epoch, double loss, Scores? scores, TimeSpan elapsed)
    {
        var line = new JsonObject
        {
            ["epoch"] = epoch,
            ["loss"] = Math.Round(loss, 5),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 1),
            ["selection"] = scores?.ToJson(),
        };
        File.AppendAllText(FilePath(MetricsName), line.ToJsonString() + "\n");
    }
}
