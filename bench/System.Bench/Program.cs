using System.CommandLine;
using Emotion.SystemBench;
using Emotion.SystemBench.Gateway;

var gateway = new Option<Uri>("--gateway")
{
    Description = "Address of a running gateway.",
    Required = true,
    CustomParser = result => new Uri(result.Tokens[0].Value, UriKind.Absolute),
};
var output = new Option<FileInfo>("--out") { Description = "JSON file to write.", Required = true };
var clip = new Option<FileInfo>("--clip") { Description = "The clip that every request sends.", Required = true }.AcceptExistingOnly();
var clips = new Option<DirectoryInfo>("--clips") { Description = "Folder of clips.", Required = true }.AcceptExistingOnly();
var seconds = new Option<int>("--seconds") { Description = "How long each load lasts.", DefaultValueFactory = _ => 30 };
var rounds = new Option<int>("--rounds") { Description = "How many times a replica is killed.", DefaultValueFactory = _ => 20 };
var state = new Option<FileInfo>("--state") { Description = "AppHost's state file, which names the replicas' processes.", Required = true };

var throughput = new Command("throughput", "Clips per second and latency, with 1 and with 2 clips in flight.") { gateway, clip, seconds, output };
throughput.SetAction((parsed, cancellationToken) =>
    Throughput.RunAsync(parsed.GetValue(gateway)!, parsed.GetValue(clip)!, parsed.GetValue(seconds), parsed.GetValue(output)!, cancellationToken));

var answers = new Command("clips", "What the system answers for each clip of a folder.") { gateway, clips, output };
answers.SetAction((parsed, cancellationToken) =>
    ClipAnswers.RunAsync(parsed.GetValue(gateway)!, parsed.GetValue(clips)!, parsed.GetValue(output)!, cancellationToken));

var labelled = new Command("labelled-clips", "What the system answers for clips whose emotion is known: a folder with manifest.csv.") { gateway, clips, output };
labelled.SetAction((parsed, cancellationToken) =>
    LabelledAnswers.RunAsync(parsed.GetValue(gateway)!, parsed.GetValue(clips)!, parsed.GetValue(output)!, cancellationToken));

var loss = new Command("replica-loss", "Kills a video replica while clips are analysed, again and again; every clip must be answered by face and voice.")
{
    gateway, clip, state, rounds, output,
};
loss.SetAction((parsed, cancellationToken) => ReplicaLoss.RunAsync(
    parsed.GetValue(gateway)!, parsed.GetValue(clip)!, parsed.GetValue(state)!, parsed.GetValue(rounds), parsed.GetValue(output)!, cancellationToken));

var half = new Option<FileInfo>("--half") { Description = "A clip of half the length of the long one.", Required = true };
var whole = new Option<FileInfo>("--long") { Description = "The long clip.", Required = true };
var minutes = new Option<int>("--minutes") { Description = "Its length.", Required = true };
var longVideo = new Command("long-video", "Memory, time and spread over the video replicas of a long clip, against one of a minute (--clip).")
{
    gateway, clip, half, whole, minutes, state, output,
};
longVideo.SetAction((parsed, cancellationToken) => LongVideo.RunAsync(
    parsed.GetValue(gateway)!, parsed.GetValue(clip)!, parsed.GetValue(half)!, parsed.GetValue(whole)!, parsed.GetValue(minutes),
    parsed.GetValue(state)!, parsed.GetValue(output)!, cancellationToken));

var folder = new Option<DirectoryInfo>("--folder") { Description = "Where films are made.", Required = true }.AcceptExistingOnly();
var tracks = new Command("face-tracks", "Who is who in two films of two faces, made here; from the repository's root.") { gateway, folder, output };
tracks.SetAction((parsed, cancellationToken) =>
    FaceTracks.RunAsync(parsed.GetValue(gateway)!, parsed.GetValue(folder)!, parsed.GetValue(output)!, cancellationToken));

var command = new Option<string>("--command") { Description = "How this was asked for, for the record.", Required = true };
var loadMinutes = new Option<double>("--minutes") { Description = "How long the load lasts.", DefaultValueFactory = _ => 10 };
var load = new Command("gateway-load", "Fifty clients at the gateway: answers, latency of the API, the gateway's memory.") { gateway, clip, loadMinutes, state, command, output };
load.SetAction((parsed, cancellationToken) => GatewayLoad.RunAsync(
    parsed.GetValue(gateway)!, parsed.GetValue(clip)!, parsed.GetValue(loadMinutes), parsed.GetValue(state)!, parsed.GetValue(output)!, parsed.GetValue(command)!,
    cancellationToken));

var megabytes = new Option<int>("--megabytes") { Description = "Of the large clip.", DefaultValueFactory = _ => 500 };
var upload = new Command("gateway-upload", "What a large clip adds to the gateway's memory.") { gateway, clip, megabytes, state, command, output };
upload.SetAction((parsed, cancellationToken) => GatewayUpload.RunAsync(
    parsed.GetValue(gateway)!, parsed.GetValue(clip)!, parsed.GetValue(megabytes), parsed.GetValue(state)!, parsed.GetValue(output)!, parsed.GetValue(command)!,
    cancellationToken));

var parts = new Option<DirectoryInfo>("--parts") { Description = "Folder of what the tests wrote, a file for each database.", Required = true }.AcceptExistingOnly();
var kills = new Command("gateway-kills", "Writes down what tests/Gateway.Tests found that kill the gateway.") { parts, command, output };
kills.SetAction((parsed, cancellationToken) =>
    GatewayKills.WriteAsync(parsed.GetValue(parts)!, parsed.GetValue(output)!, parsed.GetValue(command)!, cancellationToken));

return await new RootCommand("Measures and tries a running system from outside.") { throughput, answers, labelled, loss, longVideo, tracks, load, upload, kills }.Parse(args).InvokeAsync();
