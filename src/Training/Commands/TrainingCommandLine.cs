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

    private static Command Train()
    {
        var recipe = new Option<string?>("--recipe") { Description = "Recipe file, instead of the shipped one." };
        var run = new Option<string?>("--run") { Description = "Folder of the run; a run that was cut off goes on from its last epoch." };
        var video = new Command("video", "The face network, ResNet-34 on FER2013.") { recipe, run };
        video.SetAction((result, cancellationToken) => GuardedAsync(() => TrainVideo.RunAsync(
            DataRoot.FromEnvironment(), RecipeFile.Read<VideoRecipe>(result.GetValue(recipe) ?? "video"),
            result.GetValue(run) ?? RunPath("video"), Report, cancellationToken)));
        return new Command("train", "Trains a network; resumable, checkpoint after every epoch.") { video };
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
