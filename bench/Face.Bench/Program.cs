using System.CommandLine;
using System.Text.Json;
using Emotion.FaceBench;
using Emotion.Inference.Hosting;
using Emotion.Inference.Sessions;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;

var models = new Option<string>("--models") { Description = "Folder of packages with release.json.", DefaultValueFactory = _ => "models" };
var output = new Option<FileInfo>("--out") { Description = "JSON file to write.", Required = true };

var state = new Option<FileInfo>("--state") { Description = "State file of a running system with one video service.", Required = true };
var clip = new Option<FileInfo>("--clip") { Description = "4 s of one face, a picture track in Matroska.", Required = true }.AcceptExistingOnly();
var human = new Option<DirectoryInfo>("--human") { Description = "Where npm @vladmandic/human is installed beside human.mjs.", Required = true }.AcceptExistingOnly();
var seconds = new Option<int>("--seconds") { Description = "How long each figure is measured.", DefaultValueFactory = _ => 30 };
var speed = new Command("speed", "The video service, decoding alone, faces alone, and npm @vladmandic/human.") { state, clip, human, models, seconds, output };
speed.SetAction(async (parsed, cancellationToken) => await new SpeedBench(
    Runtime(), await VideoAsync(parsed.GetValue(models)!, cancellationToken), parsed.GetValue(clip)!, TimeSpan.FromSeconds(parsed.GetValue(seconds)))
    .RunAsync(parsed.GetValue(state)!, parsed.GetValue(human)!, parsed.GetValue(output)!, cancellationToken));

var clips = new Option<DirectoryInfo>("--clips") { Description = "Folder of clips of real faces.", Required = true }.AcceptExistingOnly();
var pictures = new Option<int>("--pictures") { Description = "Of each clip, at most.", DefaultValueFactory = _ => 6 };
var detector = new Command("detector", "The smallest input of the face detector that finds small faces, and how well faces are followed without it.")
{
    clips, pictures, models, output,
};
detector.SetAction(async (parsed, cancellationToken) => await new DetectorBench(
    Runtime(), await VideoAsync(parsed.GetValue(models)!, cancellationToken), parsed.GetValue(clips)!, parsed.GetValue(pictures))
    .RunAsync(parsed.GetValue(output)!, cancellationToken));

return await new RootCommand("Measures the face recognizer.") { speed, detector }.Parse(args).InvokeAsync();

static ModelRuntime Runtime() => ModelRuntime.Create(new InferenceOptions { Provider = "cpu" }, new BatchOptions());

static async Task<ModelPackage> VideoAsync(string models, CancellationToken cancellationToken)
{
    var release = JsonSerializer.Deserialize<ReleaseManifest>(
        await File.ReadAllBytesAsync(Path.Combine(models, "release.json"), cancellationToken), RegistryJson.Options)!;
    return await ModelPackage.OpenAsync(Path.Combine(models, "video", release.Models["video"]), cancellationToken);
}
