using System.Text.Json.Nodes;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Loop;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Studies;

/// <summary>
/// Trains the cells of a study that are not there yet, each a folder <c>ROW/fold-K</c>, and judges each through its exported package. A
/// cell that was cut off goes on from its last epoch; a cell that another process has in hand is passed over.
/// </summary>
public sealed class SpeechStudy(DataRoot data, StudySpec study, string runs, Action<string> report)
{
    public const string PackagesFolder = "packages";

    /// <summary>A cell that fails is told and passed over, so that a night's other cells are trained.</summary>
    /// <param name="rows">Names of the rows; null for all that are not for the full grid.</param>
    /// <param name="full">The rows of the full grid, too.</param>
    /// <param name="cancellationToken">Stops after the last whole epoch.</param>
    /// <returns>How many cells failed.</returns>
    public async Task<int> RunAsync(IReadOnlyCollection<string>? rows, bool full, CancellationToken cancellationToken)
    {
        var unknown = rows?.Except(study.Rows.Select(row => row.Name)).ToList();
        if (unknown is { Count: > 0 })
        {
            throw new ArgumentException($"No such row: {string.Join(", ", unknown)}; there are {string.Join(", ", study.Rows.Select(row => row.Name))}.");
        }

        var cells = study.Rows
            .Where(row => rows?.Contains(row.Name) ?? (full || !row.Full))
            .SelectMany(row => row.Folds.Select(fold => (Row: row, Fold: fold))).ToList();
        var failed = 0;
        foreach (var (row, fold) in cells)
        {
            try
            {
                await CellAsync(row, fold, cancellationToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                failed++;
                report($"{row.Name}, fold {fold}: FAILED: {failure}");
            }

            if (fold == row.Folds[^1])
            {
                await new CellCalibration(data, runs, report).SettleAsync(row, cancellationToken);
            }
        }

        return failed;
    }

    private async Task CellAsync(StudyRow row, int fold, CancellationToken cancellationToken)
    {
        var path = Path.Combine(runs, row.Name, $"fold-{fold}");
        Directory.CreateDirectory(path);
        using var held = TryHold(Path.Combine(path, ".held"));
        if (held is null || File.Exists(Path.Combine(path, CellResult.FileName)))
        {
            report($"{row.Name}, fold {fold}: {(held is null ? "another process has it" : "there already")}");
            return;
        }

        var run = new RunFolder(path);
        void Say(string line) => report($"{row.Name}, fold {fold}: {line}");
        var epochs = row.Beside is null ? RecipeOf(row, fold).Training.Epochs : BranchOf(row).Training.Epochs;
        if (run.IsTrained(epochs))
        {
            Say("trained already");
        }
        else if (row.Beside is { } beside)
        {
            var first = new RunFolder(Path.Combine(runs, beside, $"fold-{fold}"));
            await TrainTwoBranch.RunAsync(data, BranchOf(row), first, run, Say, cancellationToken);
        }
        else
        {
            await TrainAudio.RunAsync(data, RecipeOf(row, fold), Path.Combine(DataRoot.RepositoryRoot(), "models"), run, Say, cancellationToken);
        }

        await CellCalibration.ExportAsync(data, row, fold, run, null, Say, cancellationToken);
        run.DropCheckpoints();
    }

    /// <summary>The row's recipe for one fold: actors by the fold, then the row's patch, then its seed.</summary>
    public static AudioRecipe RecipeOf(StudyRow row, int fold) =>
        Patched<AudioRecipe>(row, recipe => recipe["split"] = RecipeFile.ToJson(SpeechSplitSpec.OfFold(fold)));

    /// <summary>Of a row of second branches; the actors are those of the network beside it.</summary>
    public static SecondBranchRecipe BranchOf(StudyRow row) => Patched<SecondBranchRecipe>(row, _ => { });

    private static TRecipe Patched<TRecipe>(StudyRow row, Action<JsonObject> adapt)
    {
        var recipe = RecipeFile.ToJson(RecipeFile.Read<TRecipe>(row.Recipe));
        adapt(recipe);
        recipe["training"]!["seed"] = row.Seed;
        return RecipeFile.FromJson<TRecipe>((JsonObject)MergePatch.Apply(recipe, row.Patch)!);
    }

    internal static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
