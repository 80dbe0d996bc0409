using System.CommandLine;
using Emotion.RolloutBench;

var output = new Option<FileInfo>("--out") { Description = "JSON file to write.", Required = true };
var plot = new Option<FileInfo>("--plot") { Description = "SVG file to write: the life of a bad canary over time.", Required = true };
var host = new Option<FileInfo>("--host") { Description = "AppHost's DLL.", Required = true }.AcceptExistingOnly();
var clip = new Option<FileInfo[]>("--clip")
{
    Description = "Clips of one talking face.", Required = true, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true,
}.AcceptExistingOnly();
var requests = new Option<int>("--requests") { Description = "gRPC requests while releases are swapped.", DefaultValueFactory = _ => 100_000 };
var swaps = new Option<int>("--swaps") { Description = "Swaps under load; as many follow without.", DefaultValueFactory = _ => 100 };
var flips = new Option<int>("--flips") { Description = "Single bytes flipped in a signed registry.", DefaultValueFactory = _ => 1000 };
var lives = new Option<int>("--lives") { Description = "Canaries that are no different from stable.", DefaultValueFactory = _ => 200 };
var rate = new Option<double>("--rate") { Description = "Requests a second.", DefaultValueFactory = _ => 200 };
var prove = new Command("prove", "Swaps, promotes and rolls back releases under load; cuts the registry off; sends a bad canary out. From the repository's root.")
{
    host, clip, requests, swaps, flips, lives, rate, output, plot,
};
prove.SetAction((parsed, cancellationToken) => RolloutProof.RunAsync(
    new ProofPlan(
        parsed.GetValue(host)!, parsed.GetValue(clip)!, parsed.GetValue(requests), parsed.GetValue(swaps), parsed.GetValue(flips), parsed.GetValue(lives),
        parsed.GetValue(rate), parsed.GetValue(output)!, parsed.GetValue(plot)!),
    cancellationToken));

var model = new Argument<string>("MODEL") { Description = "audio, video, text or fusion." };
model.AcceptOnlyFromAmong("audio", "video", "text", "fusion");
var count = new Option<int>("--swaps") { Description = "How often it is loaded anew.", DefaultValueFactory = _ => 200 };
var memory = new Command("memory", "Memory of one process that loads a shipped package again and again. From the repository's root.") { model, count };
memory.SetAction((parsed, cancellationToken) => MemoryOfSwaps.RunAsync(parsed.GetValue(model)!, parsed.GetValue(count), cancellationToken));

return await new RootCommand("Proves rollouts.") { prove, memory }.Parse(args).InvokeAsync();
