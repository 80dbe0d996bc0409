using System.CommandLine;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;
using Emotion.Training.Studies;
using TorchSharp;

namespace Emotion.Training.Commands;

/// <summary><c>./emotion training study speech</c>: the grid that docs/results/speech.md reports on.</summary>
public static class StudyCommand
{
    public static Command Create(DataRoot data, string repository, Action<string> report, Func<Func<Task<int>>, Task<int>> guarded)
    {
        var rows = new Option<string[]>("--row") { Description = "Only these rows; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var full = new Option<bool>("--full") { Description = "The rows of the full grid, too: days on two cores." };
        var file = new Option<string>("--study") { Description = "A shipped study's name, or a file.", DefaultValueFactory = _ => "speech-study" };
        var runs = new Option<string>("--runs")
        {
            Description = "Folder of the cells, ROW/fold-K; what is there is not trained again.",
            DefaultValueFactory = _ => Path.Combine(repository, ".emotion", "runs", "speech"),
        };
        var threads = new Option<int>("--threads") { Description = "Of libtorch.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var speech = new Command("speech", "Speech networks on RAVDESS: six folds, seeds, ablations, rivals.") { rows, full, file, runs, threads };
        speech.SetAction((result, token) => guarded(async () =>
        {
            torch.set_num_threads(result.GetValue(threads));
            var study = new SpeechStudy(data, RecipeFile.Read<StudySpec>(result.GetValue(file)!), result.GetValue(runs)!, report);
            var failed = await study.RunAsync(result.GetValue(rows) is { Length: > 0 } some ? some : null, result.GetValue(full), token);
            return failed == 0 ? 0 : 1;
        }));
        return new Command("study", "Trains a grid of networks that are compared, cell by cell, and judges each through its package.") { speech };
    }
}
