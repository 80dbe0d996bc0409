using Emotion.Training.Calibration;
using Emotion.Training.Commands;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Networks;
using Emotion.Training.Onnx;
using Emotion.Training.Packaging;
using Emotion.Training.Splits;

namespace Emotion.Training.Studies;

/// <summary>
/// Exports and judges cells. The two validation actors of one fold are few to fit a temperature on, so once all folds of a row are trained
/// each is exported anew with what fits the validation parts of all of them, less the actors of its own test part: posteriors of people whom the
/// network that gave them never heard. One temperature, or the two weights that join a second branch, is all that is taken from there.
/// </summary>
public sealed class CellCalibration(DataRoot data, string runs, Action<string> report)
{
    private const string UncalibratedFile = "validation-uncalibrated.csv";

    /// <summary>Exports a trained cell, judges it and writes what the report reads.</summary>
    /// <param name="fit">Of more people than its own validation actors; null to fit on those alone.</param>
    internal static async Task ExportAsync(
        DataRoot data, StudyRow row, int fold, RunFolder run, PooledFit? fit, Action<string> report, CancellationToken cancellationToken)
    {
        var packages = run.FilePath(SpeechStudy.PackagesFolder);
        if (Directory.Exists(packages))
        {
            Directory.Delete(packages, recursive: true);
        }

        var export = await AudioPackage.ExportAsync(data, run, GraphPrecision.Float16, packages, report, cancellationToken, fit?.Known);
        CellPosteriors.Write(run.FilePath(UncalibratedFile), Rows(CellPosterior.Validation, export.Split.Validation, export.Uncalibrated));
        CellPosteriors.Write(run.FilePath(CellPosteriors.FileName),
            Rows(CellPosterior.Validation, export.Split.Validation, export.Validation).Concat(Rows(CellPosterior.Test, export.Split.Test, export.Test)));
        run.WriteJson(CellResult.FileName, Result(row, fold, run, export, fit?.Actors ?? export.Recipe.Split.ValidationActors));
    }

    /// <summary>Fits the row's cells on the validation parts of all of them, if all are there and it was not done.</summary>
    public async Task SettleAsync(StudyRow row, CancellationToken cancellationToken)
    {
        using var held = SpeechStudy.TryHold(Path.Combine(runs, row.Name, ".settling"));
        if (held is null || row.Folds.Count == 1 || row.Folds.Any(fold => !File.Exists(Folder(row, fold).FilePath(CellResult.FileName))))
        {
            return;
        }

        foreach (var fold in row.Folds)
        {
            var run = Folder(row, fold);
            var fit = Fit(row, Ravdess.TestActors(data, fold));
            if (!fit.Actors.SequenceEqual(run.ReadJson<CellResult>(CellResult.FileName).CalibrationActors))
            {
                if (fit.Join is { } join)
                {
                    run.WriteJson(TrainTwoBranch.JoinFile, join);
                }

                report($"{row.Name}, fold {fold}: fitted on actors {string.Join(" ", fit.Actors)}");
                await ExportAsync(data, row, fold, run, fit, report, cancellationToken);
            }
        }
    }

    /// <summary>What the validation parts of all folds say, less the actors of one test part.</summary>
    internal PooledFit Fit(StudyRow row, IReadOnlyList<int> testActors)
    {
        IReadOnlyList<CellPosterior> Pooled(string file) => [.. row.Folds
            .SelectMany(fold => CellPosteriors.Read(Folder(row, fold).FilePath(file)))
            .Where(posterior => !testActors.Contains(Ravdess.Parse(posterior.Recording).Subject))];
        IReadOnlyList<int> Actors(IReadOnlyList<CellPosterior> pool) => [.. pool.Select(posterior => Ravdess.Parse(posterior.Recording).Subject).Distinct().Order()];
        if (row.Beside is null)
        {
            var pool = Pooled(UncalibratedFile);
            return new PooledFit(Actors(pool), TemperatureScaling.Fit([.. pool.Select(p => p.Posterior)], [.. pool.Select(p => p.Label)]), null);
        }

        // The weights say how sure the two are together: there is no temperature left to fit.
        var (network, branch) = (Pooled(TrainTwoBranch.NetworkPosteriors), Pooled(TrainTwoBranch.BranchPosteriors));
        return new PooledFit(Actors(network), 1, LogLinearPool.Fit(
            [.. network.Select(p => p.Posterior)], [.. branch.Select(p => p.Posterior)], [.. network.Select(p => p.Label)]));
    }

    private RunFolder Folder(StudyRow row, int fold) => new(Path.Combine(runs, row.Name, $"fold-{fold}"));

    private static IEnumerable<CellPosterior> Rows(string part, IReadOnlyList<SpeechRecording> recordings, Judged judged) =>
        recordings.Select((recording, i) => new CellPosterior(part, recording.Name, recording.Label, judged.Posteriors[i]));

    private static CellResult Result(StudyRow row, int fold, RunFolder run, AudioExport export, IReadOnlyList<int> calibrationActors)
    {
        var recipe = export.Recipe;
        using var network = new SpeechNetwork(recipe, export.Spec);
        using var branch = recipe.SecondBranch is { } second ? new SpokenBranch(second) : null;
        return new CellResult
        {
            Row = row.Name,
            What = row.What,
            Fold = fold,
            Seed = row.Seed,
            Epochs = (recipe.SecondBranch?.Training ?? recipe.Training).Epochs,
            TrainRecordings = export.Split.Training.Count,
            Split = SpeechSplit.Describe(recipe.Split, [.. export.Split.Test.Select(recording => recording.Subject).Distinct().Order()]),
            Temperature = export.Temperature,
            CalibrationActors = [.. calibrationActors.Order()],
            Hours = run.Hours(),
            Parameters = network.parameters().Concat(branch?.parameters() ?? []).Sum(parameter => parameter.numel()),
            Commit = GitCommit.Of(DataRoot.RepositoryRoot()),
            PackageVersion = export.Version,
            DataDigest = export.DataDigest,
            Patch = row.Patch,
        };
    }
}

/// <summary>What was fitted on whom.</summary>
/// <param name="Join">Of a second branch.</param>
internal sealed record PooledFit(IReadOnlyList<int> Actors, double Temperature, PoolWeights? Join)
{
    public KnownTemperature Known => new(Temperature, CellResult.People(Actors));
}
