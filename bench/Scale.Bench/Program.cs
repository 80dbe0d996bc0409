using System.CommandLine;
using Emotion.ScaleBench;

var state = new Option<FileInfo>("--state") { Description = "State file of the running system.", Required = true }.AcceptExistingOnly();
var segment = new Option<FileInfo>("--segment") { Description = "A picture track with a face, in Matroska.", Required = true }.AcceptExistingOnly();
var seconds = new Option<double>("--segment-seconds") { Description = "Its length.", Required = true };
var quick = new Option<bool>("--quick") { Description = "A trial: tells whether it works, not what the machine can do." };
var output = new Option<FileInfo>("--out") { Description = "JSON file to write.", Required = true };

var replicas = new Command("replicas", "Throughput of one, two and three video replicas that have half a core each.") { state, segment, seconds, quick, output };
replicas.SetAction((parsed, cancellationToken) => Commands.ReplicasAsync(
    parsed.GetValue(state)!, parsed.GetValue(segment)!, parsed.GetValue(seconds), parsed.GetValue(quick), parsed.GetValue(output)!, cancellationToken));

var longSegment = new Option<FileInfo>("--long-segment") { Description = "One that takes seconds.", Required = true }.AcceptExistingOnly();
var longSeconds = new Option<double>("--long-seconds") { Description = "Its length.", Required = true };
var sound = new Option<FileInfo>("--sound") { Description = "Speech: 16 kHz, mono, 16 bit, no header.", Required = true }.AcceptExistingOnly();
var clip = new Option<FileInfo>("--clip") { Description = "A clip for the whole system.", Required = true }.AcceptExistingOnly();
var clipSeconds = new Option<double>("--clip-seconds") { Description = "Its length.", Required = true };
var services = new Command("services", "Overload, cancellation, and what a clip costs.")
{
    state, segment, seconds, longSegment, longSeconds, sound, clip, clipSeconds, quick, output,
};
services.SetAction((parsed, cancellationToken) => Commands.ServicesAsync(
    parsed.GetValue(state)!, (parsed.GetValue(segment)!, parsed.GetValue(seconds)), (parsed.GetValue(longSegment)!, parsed.GetValue(longSeconds)),
    parsed.GetValue(sound)!, (parsed.GetValue(clip)!, parsed.GetValue(clipSeconds)), parsed.GetValue(quick), parsed.GetValue(output)!, cancellationToken));

var parts = new Option<DirectoryInfo>("--parts") { Description = "Where replicas.json and services.json are.", Required = true }.AcceptExistingOnly();
var bench = new Option<FileInfo>("--bench") { Description = "What ./emotion bench wrote.", Required = true }.AcceptExistingOnly();
var page = new Option<FileInfo>("--page") { Description = "Page whose tables are written.", Required = true }.AcceptExistingOnly();
var plot = new Option<FileInfo>("--plot") { Description = "SVG file to write.", Required = true };
var report = new Command("report", "Simulates, and writes figures, tables and plot.") { parts, bench, page, plot, output };
report.SetAction((parsed, cancellationToken) => Commands.ReportAsync(
    parsed.GetValue(parts)!, parsed.GetValue(bench)!, parsed.GetValue(page)!, parsed.GetValue(plot)!, parsed.GetValue(output)!, cancellationToken));

var tools = new Command("tools", "ffmpeg and ffprobe, executed and kept ready, side by side.") { clip, clipSeconds, output };
tools.SetAction((parsed, cancellationToken) => Commands.ToolsAsync(
    parsed.GetValue(clip)!, parsed.GetValue(clipSeconds), parsed.GetValue(output)!, cancellationToken));

return await new RootCommand("Measures and simulates the system at scale.") { replicas, services, report, tools }.Parse(args).InvokeAsync();
