using System.CommandLine;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Commands;

/// <summary>The verbs of <c>./emotion training</c>.</summary>
public static class TrainingCommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Trains, exports, evaluates and publishes the models of Emotion.") { Train() };
        return await root.Parse(args).InvokeAsync();
    }

    private static Command Train() => new("train", "Trains a network; resumable, a checkpoint after every epoch.")
    {
        TrainOf<AudioRecipe>("audio", "The speech network, ResNet-18 on RAVDESS.", TrainAudio.RunAsync),
        TrainOf<VideoRecipe>("video", "The face network, ResNet-34 on FER2013.", TrainVideo.RunAsync),
    };

    private delegate Task Trainer<TRecipe>(DataRoot data, TRecipe recipe, string run, Action<string> report, CancellationToken cancellationToken);

    private static Command TrainOf<TRecipe>(string name, string description, Trainer<TRecipe> train)
    {
        var recipe = new Option<string>("--recipe")
        {
            Description = "A shipped recipe's name, or a file.", DefaultValueFactory = _ => name,
        };
        var run = new Option<string>("--run")
        {
            Description = "Folder of the run; a run that was cut off goes on from its last epoch.", DefaultValueFactory = _ => RunPath(name),
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Of libtorch. One is best beside anything else: threads that wait for each other lose the most.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        var command = new Command(name, description) { recipe, run, threads };
        command.SetAction((result, cancellationToken) => GuardedAsync(() =>
        {
            TorchSharp.torch.set_num_threads(result.GetValue(threads));
            return train(
                DataRoot.FromEnvironment(), RecipeFile.Read<TRecipe>(result.GetValue(recipe)!), result.GetValue(run)!, Report, cancellationToken);
        }));
        return command;
    }

    private static string RunPath(string name) => Path.Combine(DataRoot.RepositoryRoot(), ".emotion", "runs", name);

    private static void Report(string line) =>
        Console.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {line}");

    private static async Task<int> GuardedAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception wrong) when (wrong is CorpusException or ArgumentException)
        {
            Console.Error.WriteLine(wrong.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; the last whole epoch is kept, the same command goes on from it.");
            return 1;
        }
    }
}
