using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;

namespace Emotion.Training.Tests.Reports;

/// <summary>Cells as the study leaves them, of networks that answer by the dice: with a given chance right, sure to a given degree.</summary>
public sealed class StudyFolder : IDisposable
{
    /// <summary>EmoBox's test actors, fold 1 first.</summary>
    public static readonly int[][] Folds = [[1, 11, 20, 21], [4, 10, 12, 14], [8, 9, 19, 23], [3, 5, 7, 24], [2, 15, 16, 18], [6, 13, 17, 22]];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emotion-study-");

    public string Runs => Path.Combine(_folder.FullName, "runs");

    public string Output => Path.Combine(_folder.FullName, "results");

    /// <summary>The 60 recordings of an actor.</summary>
    public static IEnumerable<string> Recordings(int actor) =>
        from emotion in Enumerable.Range(1, 8)
        from intensity in Enumerable.Range(1, emotion == 1 ? 1 : 2)
        from statement in Enumerable.Range(1, 2)
        from repetition in Enumerable.Range(1, 2)
        select $"03-01-{emotion:00}-{intensity:00}-{statement:00}-{repetition:00}-{actor:00}";

    /// <summary>A cell whose test part is the fold's, and whose validation part is of two actors of another.</summary>
    public void Add(string row, int fold, double right, int seed = 1, JsonObject? patch = null) =>
        Add(row, fold, Folds[fold - 1].SelectMany(Recordings), right, seed, patch);

    public void Add(string row, int fold, IEnumerable<string> test, double right, int seed = 1, JsonObject? patch = null)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Runs, row, $"fold-{fold}")).FullName;
        var random = new Random(1000 * seed + 10 * fold + row.Length);
        var validation = Folds[fold % 6].Take(2).SelectMany(Recordings);
        CellPosteriors.Write(Path.Combine(folder, CellPosteriors.FileName),
            validation.Select(name => Answer("validation", name, right, random)).Concat(test.Select(name => Answer("test", name, right, random))));
        var result = new CellResult
        {
            Row = row, What = $"what {row} is", Fold = fold, Seed = seed, Epochs = 40, TrainRecordings = 1080, Split = "by actor", Temperature = 1.25, CalibrationActors = [8, 19], Hours = 0.5,
            Parameters = 11_172_296, Commit = new string('a', 40), PackageVersion = "20261122-1500-0123abcd", DataDigest = new string('d', 64), Patch = patch ?? [],
        };
        File.WriteAllText(Path.Combine(folder, CellResult.FileName), RecipeFile.ToJson(result).ToJsonString());
    }

    /// <summary>The cell in integers, whose answers to the first recordings are all the same, whatever they are.</summary>
    /// <param name="packageVersion">Of the cell's own package; null for the one it has.</param>
    public void AddInt8(string row, int fold, int changed, string? packageVersion = null)
    {
        var cell = Read()[row]!.Cells.Single(candidate => candidate.Facts.Fold == fold);
        float[] certain = [1, 0, 0, 0, 0, 0, 0, 0];
        CellPosteriors.Write(cell.PathOf(CellPrecision.PosteriorsFile), cell.Test.Select((answer, i) =>
            new CellPosterior(CellPosterior.Test, answer.Recording, answer.Label, i < changed ? certain : answer.Posterior)));
        cell.Keep(CellPrecision.FileName, new CellPrecision(packageVersion ?? cell.Facts.PackageVersion, "20261122-1600-89abcdef"));
    }

    public void AddSixFolds(string row, double right)
    {
        for (var fold = 1; fold <= Folds.Length; fold++)
        {
            Add(row, fold, right);
        }
    }

    public SpeechRuns Read() => SpeechRuns.Read(Runs);

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Right with probability <paramref name="right"/>, whatever the label; what is left goes to another label.</summary>
    /// <param name="covered">Labels that there are; null for all.</param>
    internal static CellPosterior Answer(string part, string recording, double right, Random random, bool[]? covered = null)
    {
        var label = int.Parse(recording.Split('-')[2]) - 1;
        var said = random.NextDouble() < right ? label : random.Next(8);
        var weights = Enumerable.Range(0, 8).Select(k => (float)(random.NextDouble() + (k == said ? 1 + 8 * random.NextDouble() : 0)))
            .Select((weight, k) => covered?[k] ?? true ? weight : 0).ToArray();
        return new CellPosterior(part, recording, label, Array.ConvertAll(weights, weight => weight / weights.Sum()));
    }
}
