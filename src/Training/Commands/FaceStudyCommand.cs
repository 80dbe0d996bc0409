using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Features.Faces;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Loop;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary><c>./emotion training study face</c>: the networks that docs/results/face.md compares, under one budget.</summary>
internal static class FaceStudyCommand
{
    public static readonly Option<string> Runs = new("--runs")
    {
        Description = "Folder of the cells; what is there is not trained again, what was cut off goes on.",
        DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "runs", "face-study"),
    };

    public static Command Create()
    {
        var cells = new Option<string[]>("--cell") { Description = "Only these; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var file = new Option<string>("--study") { Description = "A shipped study's name, or a file.", DefaultValueFactory = _ => "face-study" };
        var threads = new Option<int>("--threads") { Description = "Of libtorch.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("face", "Face networks on FER2013: ResNet-34, VGG-16, SqueezeNet, each with two dropouts.") { cells, file, Runs, threads };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            torch.set_num_threads(result.GetValue(threads));
            var failed = await RunAsync(
                RecipeFile.Read<FaceStudySpec>(result.GetValue(file)!), result.GetValue(cells) ?? [], result.GetValue(Runs)!, result.GetValue(threads), token);
            return failed == 0 ? 0 : 1;
        }));
        return command;
    }

    /// <summary>A cell that fails is told and passed over, so that a night's other cells are trained.</summary>
    /// <returns>How many cells failed.</returns>
    internal static async Task<int> RunAsync(FaceStudySpec study, string[] names, string runs, int threads, CancellationToken cancellationToken)
    {
        if (names.Except(study.Cells.Select(cell => cell.Name)).ToList() is { Count: > 0 } unknown)
        {
            throw new ArgumentException($"No such cell: {string.Join(", ", unknown)}; there are {string.Join(", ", study.Cells.Select(cell => cell.Name))}.");
        }

        var fer = await Fer2013.ReadAsync(DataRoot.FromEnvironment(), cancellationToken);
        var split = FaceSplit.Of(fer);
        return ForEach(study.Cells.Where(cell => names.Length == 0 || names.Contains(cell.Name)), TrainingCommandLine.Report, (cell, report) =>
        {
            var run = new RunFolder(Path.Combine(runs, cell.Name));
            var recipe = study.RecipeOf(cell);
            if (run.Has(FaceCell.FileName))
            {
                RequireSame(run.ReadJson<FaceCell>(FaceCell.FileName), run, recipe);
                report("there already");
                return;
            }

            TrainVideo.Fit(split.Training, split.Selection, recipe, run, report, cancellationToken);
            var judged = Judge(cell, recipe, run, split, threads, cancellationToken) with { Data = fer.Digest };
            run.WriteJson(FaceCell.FileName, judged);
            run.DropCheckpoints();
            report($"WA {judged.Test["wa"]}");
        });
    }

    internal static int ForEach(IEnumerable<FaceStudyCell> cells, Action<string> report, Action<FaceStudyCell, Action<string>> train)
    {
        var failed = 0;
        foreach (var cell in cells)
        {
            void Say(string line) => report($"{cell.Name}: {line}");
            try
            {
                train(cell, Say);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                failed++;
                Say($"FAILED: {failure}");
            }
        }

        return failed;
    }

    /// <summary>Whether a cell was trained by this recipe.</summary>
    internal static bool IsOf(FaceCell there, RunFolder run, VideoRecipe recipe) =>
        (there.Recipe ?? run.StoredDigest<VideoRecipe>()) == RecipeFile.Digest(recipe);

    internal static void RequireSame(FaceCell there, RunFolder run, VideoRecipe recipe)
    {
        if (!IsOf(there, run, recipe))
        {
            throw new ArgumentException(
                $"{there.Name} is there, but by another recipe ({there.Epochs} epochs, {there.Side} pixels), so of another study: give another folder as --runs.");
        }
    }

    private static FaceCell Judge(
        FaceStudyCell cell, VideoRecipe recipe, RunFolder run, FaceSplit split, int threads, CancellationToken cancellationToken)
    {
        var whole = FrameGraphJudge.Judge(
            VideoPackage.FrameGraph(run, 1), new FaceAligner(recipe.FaceFrame), "FER2013 PrivateTest, whole", split.Test, threads, cancellationToken);
        using var network = TrainVideo.NetworkOf(recipe);
        var epochs = File.ReadLines(run.FilePath(RunFolder.MetricsName)).Select(line => JsonNode.Parse(line)!).ToList();
        return new FaceCell
        {
            Name = cell.Name,
            What = cell.What,
            Epochs = recipe.Training.Epochs,
            Side = recipe.Stages[^1].Size,
            Parameters = network.parameters().Sum(parameter => parameter.numel()),
            Minutes = epochs.Sum(epoch => (double)epoch["seconds"]!) / 60,
            SelectionWa = FaceCell.SelectionOf(epochs, averaged: recipe.Training.Averaging > 0),
            Recipe = RecipeFile.Digest(recipe),
            Commit = GitCommit.Of(DataRoot.RepositoryRoot()),
            Test = whole.ToJson(),
            TestWithoutDuplicates = split.WithoutDuplicates(whole).ToJson(),
        };
    }
}
