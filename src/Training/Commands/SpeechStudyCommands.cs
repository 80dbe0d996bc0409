using System.CommandLine;
using Emotion.Inference.Audio;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.Media;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Studies;

namespace Emotion.Training.Commands;

/// <summary>Verbs on the trained cells of the speech study: what they are worth, what disturbs them, how fast they are.</summary>
internal static class SpeechStudyCommands
{
    private const string Model = "speech";

    /// <summary>Above this load average a figure of one thread is not this thread's alone.</summary>
    private const double BusyLoad = 2;

    private static readonly string Repository = DataRoot.RepositoryRoot();

    private static readonly Option<string> Runs = new("--runs")
    {
        Description = "Folder of the study's cells, ROW/fold-K.", DefaultValueFactory = _ => Path.Combine(Repository, ".emotion", "runs", Model),
    };

    private static readonly Option<string[]> Rows = new("--row")
    {
        Description = "Of the study; may be given several times.", DefaultValueFactory = _ => [SpeechStudyRows.Main, SpeechStudyRows.Best],
    };

    private static readonly Option<bool> AllFolds = new("--all-folds") { Description = "Every fold that is trained; without it fold 1 alone." };

    public static Command Report()
    {
        var output = new Option<string>("--out") { Description = "Folder of the report.", DefaultValueFactory = _ => Path.Combine(Repository, "docs", "results") };
        var fromCsv = new Option<bool>("--from-csv")
        {
            Description = "Prints the pooled tables, computed from the report's CSV files alone, and fails if speech.json says otherwise.",
        };
        var command = new Command(Model, "Figures of the speech study, from its run folders.") { Runs, output, fromCsv };
        command.SetAction((result, _) => TrainingCommandLine.GuardedAsync(() =>
        {
            var report = new SpeechReport(result.GetValue(output)!);
            return Task.FromResult(result.GetValue(fromCsv) ? Told(report.Recompute(), "speech.json") : Write(report, result.GetValue(Runs)!));
        }));
        return new Command("report", "Writes the results of a study: text, figures for programs, plots, answers as CSV.") { command };
    }

    public static Command Robustness() => OnCells(
        "robustness", "What noise, codecs, rooms and clipping do to the recognition of test recordings; kept in the cell's folder.",
        async (cell, recordings, token) =>
        {
            // All recordings go through a codec as one sound, beside whatever else this machine does.
            using var guard = new FFMpegGuard(new MediaOptions { MaximumSeconds = 4 * 3600, ProcessDeadline = TimeSpan.FromHours(1), Niceness = 0 });
            // One thread: beside other work two wait for each other at every layer.
            var runtime = ModelRuntime.Create(new InferenceOptions { Provider = "cpu", IntraOpThreads = 1 }, new BatchOptions());
            await using var model = AudioModel.Load(await cell.OpenShippedAsync(token), runtime);
            cell.Keep(RobustnessAnswers.FileName, await RobustnessAnswers.OfAsync(model, recordings, new SoundCoder(guard), TrainingCommandLine.Report, token));
        });

    public static Command Windows() => OnCells(
        "windows", "Whether the mean over windows of a recording says more than one window; kept in the cell's folder.", async (cell, recordings, token) =>
        {
            var runtime = ModelRuntime.Create(new InferenceOptions { Provider = "cpu", IntraOpThreads = 1 }, new BatchOptions());
            await using var model = AudioModel.Load(await cell.OpenShippedAsync(token), runtime);
            cell.Keep(TestWindows.FileName, await TestWindows.OfAsync(model, recordings, TrainingCommandLine.Report, token));
        });

    public static Command Latency() => OnCells(
        "latency", "Milliseconds from 4 s of sound to the posterior, on one thread; kept in the cell's folder.", async (cell, recordings, token) =>
        {
            var latency = await SpeechLatency.MeasureAsync(await cell.OpenShippedAsync(token), recordings, token);
            cell.Keep(SpeechLatency.FileName, latency);
            TrainingCommandLine.Report(
                $"{latency.Precision}: p50 {latency.P50Milliseconds:F2} ms, p95 {latency.P95Milliseconds:F2} ms, load {latency.LoadAverage}" +
                (latency.LoadAverage > BusyLoad ? ": other work slowed it, measure again on an idle machine" : ""));
        });

    public static Command Precision() => OnCells(
        "precision", "The cell in 8-bit integers beside its own package: another export, judged on the same recordings; kept in the cell's folder.",
        (cell, _, token) => CellPrecision.MeasureAsync(DataRoot.FromEnvironment(), cell, TrainingCommandLine.Report, token));

    private static int Write(SpeechReport report, string folder)
    {
        var runs = SpeechRuns.Read(folder);
        if (runs.Rows.Count == 0)
        {
            throw new ArgumentException($"'{folder}' holds no finished cell: run `./emotion training study speech` first.");
        }

        report.Write(
            runs, SpeechStudyRows.Planned(RecipeFile.Read<StudySpec>("speech-study")),
            Provenance.OfThisProcess("./emotion training report speech"));
        TrainingCommandLine.Report($"the report is written; {runs.Rows.Count} rows were run");
        return 0;
    }

    /// <summary>Prints what a report computed from its CSV files, and what of its JSON file differs.</summary>
    /// <returns>The exit code: 1 where anything does.</returns>
    public static int Told((string Tables, IReadOnlyList<string> Differences) recomputed, string file)
    {
        Console.WriteLine(recomputed.Tables);
        foreach (var difference in recomputed.Differences)
        {
            Console.Error.WriteLine(difference);
        }

        Console.WriteLine(recomputed.Differences.Count == 0 ? $"{file} says the same." : $"{file} differs in {recomputed.Differences.Count} figures.");
        return recomputed.Differences.Count == 0 ? 0 : 1;
    }

    private static Command OnCells(
        string verb, string description, Func<SpeechCell, IReadOnlyList<SpeechRecording>, CancellationToken, Task> measure)
    {
        var command = new Command(Model, "Of trained cells of the speech study.") { Runs, Rows, AllFolds };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var corpus = (await Ravdess.ReadAsync(DataRoot.FromEnvironment(), token)).Recordings.ToDictionary(recording => recording.Name);
            var cells = Cells(SpeechRuns.Read(result.GetValue(Runs)!), result.GetValue(Rows)!, result.GetValue(AllFolds));
            foreach (var cell in cells)
            {
                TrainingCommandLine.Report($"{verb} of {cell.Facts.Row}, fold {cell.Facts.Fold}");
                await measure(cell, [.. cell.Test.Select(answer => corpus[answer.Recording])], token);
            }

            return 0;
        }));
        return new Command(verb, description) { command };
    }

    private static List<SpeechCell> Cells(SpeechRuns runs, string[] rows, bool allFolds)
    {
        if (rows.Where(name => runs[name] is null).ToList() is { Count: > 0 } missing)
        {
            throw new ArgumentException(
                $"No cell of {string.Join(", ", missing)} is trained; there are {string.Join(", ", runs.Rows.Keys)}. `./emotion training study speech` trains them.");
        }

        var cells = rows.Select(name => runs[name]).OfType<SpeechRow>().SelectMany(row => row.Cells).Where(cell => allFolds || cell.Facts.Fold == 1).ToList();
        return cells.Count > 0 ? cells
            : throw new ArgumentException($"Fold 1 of {string.Join(", ", rows)} is not trained: say --all-folds, or run `./emotion training study speech` first.");
    }
}
