using System.CommandLine;
using System.Text.Json.Nodes;
using Emotion.Features;
using Emotion.Inference.Audio;
using Emotion.Inference.Fusion;
using Emotion.Inference.Video;
using Emotion.ModelRegistry.Packages;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Packaging;
using Emotion.Training.Recipes;
using Emotion.Training.Reports;
using Emotion.Training.Splits;

namespace Emotion.Training.Commands;

/// <summary><c>evaluate explained</c>: whether the windows that an answer names did decide about it, by deleting them from the clip.</summary>
public static class ExplainedCommand
{
    private const int Windows = 8, Own = 3, Seed = 20261129;

    internal static Command Create(Option<string> packages)
    {
        var output = new Option<string>("--out")
        {
            Description = "File of the figures.", DefaultValueFactory = _ => Path.Combine(DataRoot.RepositoryRoot(), "docs", "results", "fusion-explained.json"),
        };
        var repeats = new Option<int>("--repeats") { Description = "Clips of each test actor and label, of each kind.", DefaultValueFactory = _ => 2 };
        var command = new Command("explained", "Deletes the windows that an answer names from long clips joined from recordings, and answers them anew.") { packages, repeats, output };
        command.SetAction((result, token) => TrainingCommandLine.GuardedAsync(async () =>
        {
            var json = await JudgeAsync(
                DataRoot.FromEnvironment(), result.GetValue(packages)!, new JoinedClips(Windows, Own, result.GetValue(repeats), Seed), null, null,
                TrainingCommandLine.Report, token);
            json["made"] = Provenance.OfThisProcess("./emotion training evaluate explained").ToJson();
            await File.WriteAllTextAsync(result.GetValue(output)!, json.ToJsonString(RecipeFile.Json) + "\n", token);
            TrainingCommandLine.Report($"wrote {result.GetValue(output)}");
            return 0;
        }));
        return command;
    }

    /// <param name="packages">Folder of a release and its packages.</param>
    /// <param name="only">Labels that clips are of; null for all.</param>
    /// <param name="facesEach">Pictures of each label that faces are composed of; null for all that there are.</param>
    public static async Task<JsonObject> JudgeAsync(
        DataRoot data, string packages, JoinedClips clips, IReadOnlyList<string>? only, int? facesEach, Action<string> report, CancellationToken cancellationToken)
    {
        var release = await ReleaseFile.ReadAsync(packages, cancellationToken);
        Task<ModelPackage> OpenAsync(string name) => ModelPackage.OpenAsync(Path.Combine(packages, name, release.Models[name]), cancellationToken);
        var (speech, face, fusion) = (await OpenAsync(AudioModel.ModelName), await OpenAsync(VideoModel.ModelName), await OpenAsync(FusionModel.ModelName));
        await using var audio = AudioModel.Load(speech, PackageFolder.Runtime);
        await using var video = VideoModel.Load(face, PackageFolder.Runtime);
        await using var fused = FusionModel.Load(fusion, PackageFolder.Runtime);
        var plan = new ClipWindowSpec { LengthSeconds = release.ClipWindow.LengthSeconds, MinimumTailSeconds = release.ClipWindow.MinimumTailSeconds };
        var served = new ServedJoinedClips(audio, video, fused, plan);

        var corpus = await Ravdess.ReadAsync(data, cancellationToken);
        var split = RecipeFile.FromJson<AudioRecipe>(speech.Manifest.Recipe).Split;
        var test = SpeechSplit.Of(corpus.Recordings, split, Ravdess.TestActors(data, split.TestFold)).Test;
        var fer = await Fer2013.ReadAsync(data, cancellationToken);
        var recipe = RecipeFile.FromJson<FusionRecipe>(fusion.Manifest.Recipe);
        var pictures = FaceSplit.Of(fer).Test;
        var chosen = facesEach is { } most ? [.. pictures.GroupBy(picture => picture.Label).SelectMany(label => label.Take(most))] : pictures;
        var stills = await StillAnswers.PoolAsync(video, chosen, recipe.Composition, recipe.Training.Seed, cancellationToken);

        async Task<JsonObject> DeleteAsync(string kind, Func<int, Random, IReadOnlyList<FaceAnswer>>? drawFace)
        {
            var drawn = clips.Draw(test, (int)Math.Round(plan.LengthSeconds * audio.SampleRate), drawFace)
                .Where(clip => only is null || only.Contains(EmotionLabels.Names[clip.Label])).ToList();
            var (random, deletions) = (new Random(clips.Seed), new List<WindowDeletion>());
            foreach (var clip in drawn)
            {
                deletions.Add(await WindowDeletion.OfAsync(served, clip, random, cancellationToken));
            }

            var json = WindowDeletion.ToJson(deletions);
            report($"{kind}: {json.ToJsonString()}");
            return json;
        }

        var sound = await DeleteAsync("sound", null);
        var withFaces = FusionWorth.Marked(await DeleteAsync("sound and drawn faces", (label, random) => stills.Labels.Contains(label) ? stills.Compose(label, random) : []));
        var all = new JsonObject();
        foreach (var name in new[] { "hit_rate", "n", "hit_rate_interval95" })
        {
            all[name] = sound[name]!.DeepClone();
        }

        all["what"] = $"clips of {clips.Windows} windows of {plan.LengthSeconds:0.#} s, each a recording of one test actor (RAVDESS, fold {split.TestFold}): {clips.Own} of one label among others; "
            + "a window is deleted by cutting its seconds out of the sound (and the face), and all that is left is answered anew; held against another window drawn at random";
        all["sound"] = sound;
        all["sound_and_faces"] = withFaces;
        all["faces"] = "composed of FER2013 PrivateTest pictures, drawn by the recording's label; none for calm";
        all["release"] = release.Release;
        all["packages"] = new JsonArray($"audio/{speech.Version}", $"video/{face.Version}", $"fusion/{fusion.Version}");
        all["digests"] = new JsonObject { ["ravdess"] = corpus.Digest, ["fer2013"] = fer.Digest };
        return all;
    }
}
