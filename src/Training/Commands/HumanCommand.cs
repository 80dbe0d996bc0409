using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Inference.Video;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Splits;

namespace Emotion.Training.Commands;

/// <summary><c>evaluate human</c>: FER2013 PrivateTest by npm @vladmandic/human and by the newest face package, in one run.</summary>
internal static class HumanCommand
{
    public static Command Create(Option<string> packages)
    {
        var root = DataRoot.RepositoryRoot();
        var output = new Option<string>("--out")
        {
            Description = "File of the figures.", DefaultValueFactory = _ => Path.Combine(root, "docs", "results", "face-human.json"),
        };
        var folder = new Option<string>("--human")
        {
            Description = "Where npm @vladmandic/human is installed.", DefaultValueFactory = _ => Path.Combine(root, "bench", "Human"),
        };
        var every = new Option<int>("--every") { Description = "1 for all pictures, n for each n-th: a first look.", DefaultValueFactory = _ => 1 };
        var command = new Command("human", "The emotion network of npm @vladmandic/human on FER2013 PrivateTest, beside ours.") { packages, folder, every, output };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var json = await CompareAsync(result.GetValue(packages)!, new HumanEmotions(result.GetValue(folder)!), result.GetValue(every), token);
            await File.WriteAllTextAsync(result.GetValue(output)!, json.ToJsonString(RecipeFile.Json) + "\n", token);
            TrainingCommandLine.Report($"wrote {result.GetValue(output)}");
            return 0;
        }));
        return command;
    }

    private static async Task<JsonObject> CompareAsync(string packages, HumanEmotions human, int every, CancellationToken cancellationToken)
    {
        var package = await PackageFolder.NewestAsync(packages, VideoModel.ModelName, cancellationToken);
        await using var model = VideoModel.Load(package, PackageFolder.Runtime);
        var fer = await Fer2013.ReadAsync(DataRoot.FromEnvironment(), cancellationToken);
        var pictures = FaceSplit.Of(fer).Test.Where((_, at) => at % every == 0).ToList();
        var set = every == 1 ? "FER2013 PrivateTest, whole" : $"FER2013 PrivateTest, each {every}th picture";
        var (theirs, versions) = await human.JudgeAsync(set, pictures, cancellationToken);
        TrainingCommandLine.Report($"{versions}: {theirs.Scores}");
        var ours = await ServedVideo.JudgeStillsAsync(model, set, pictures, cancellationToken);
        TrainingCommandLine.Report($"video/{package.Version}: {ours.Scores}");
        var (low, high) = Bootstrap.WaDifference(ours, theirs);
        return new JsonObject
        {
            ["human_wa"] = Math.Round(theirs.Scores.Wa, 5),
            ["wa"] = Math.Round(ours.Scores.Wa, 5),
            ["n"] = pictures.Count,
            ["waDifferenceInterval95"] = new JsonArray(Math.Round(low, 4), Math.Round(high, 4)),
            ["human"] = theirs.ToJson(),
            ["ours"] = ours.ToJson(),
            ["versions"] = versions,
            ["package"] = $"video/{package.Version}",
            ["mapping"] = "angry, disgust, happy, neutral and sad by name, fear is fearful, surprise is surprised; calm is covered by neither",
            ["caveat"] = "human's network is oarriaga's of face_classification, trained on FER2013; whether PrivateTest was among its training pictures is not known here",
            ["data"] = fer.Digest,
            ["made"] = Provenance.OfThisProcess("./emotion bench face").ToJson(),
        };
    }
}
