using System.CommandLine;
using Emotion.Cli.Gateway;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Batch;

/// <summary><c>batch DIR</c>: every clip of a folder, several at a time; what is done is not done again.</summary>
internal static class BatchCommand
{
    private const int MostAtOnce = 64;

    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = $"Folder of clips ({string.Join(", ", BatchClips.Endings)}), or a zip of clips, which is sent in one request." };
        var output = new Option<DirectoryInfo?>("--out")
        {
            Description = $"Folder of the answers, CLIP.json each, and {BatchTable.FileName}; by default 'emotion' in DIR, or beside the zip. A clip whose answer is there is not sent again.",
        };
        var recursive = new Option<bool>("--recursive") { Description = "Folders below DIR, too." };
        var parallel = new Option<int>("--parallel") { Description = "Clips under way at once.", DefaultValueFactory = _ => 4 };
        parallel.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MostAtOnce)
            {
                result.AddError($"--parallel is 1 to {MostAtOnce}.");
            }
        });
        var ready = new Option<int>("--ready-seconds") { Description = "How long to wait until every service is ready.", DefaultValueFactory = _ => 120 };
        var timeout = new Option<int>("--timeout-seconds") { Description = "How long one clip may take.", DefaultValueFactory = _ => 1800 };
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), new Option<bool>("--json") { Description = "Print each clip's outcome as a line of JSON, as it comes." });
        var asked = new AskedOptions();
        var command = new Command("batch", "Analyses every clip of a folder. Exit status: 0 all answered, 2 some refused or bad usage, 1 the system failed, 130 Ctrl-C; what is done stays done.")
        {
            folder, output, recursive, parallel, ready, timeout, gateway, key, json,
        };
        asked.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var from = Path.GetFullPath(parsed.GetValue(folder)!);
            var zip = from.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) && File.Exists(from) ? new FileInfo(from) : null;
            var beside = zip is null ? from : zip.DirectoryName!;
            var request = new Request(
                new DirectoryInfo(from), zip, parsed.GetValue(output) ?? new DirectoryInfo(Path.Combine(beside, "emotion")), parsed.GetValue(recursive), parsed.GetValue(parallel),
                parsed.GetValue(ready), parsed.GetValue(json), asked.Of(parsed));
            return GatewayCommand.RunAsync(
                parsed.GetValue(gateway), parsed.GetValue(key), TimeSpan.FromSeconds(parsed.GetValue(timeout)), client => RunAsync(client, request, cancellationToken), cancellationToken);
        });
        return command;
    }

    private sealed record Request(DirectoryInfo Folder, FileInfo? Zip, DirectoryInfo Output, bool Recursive, int Parallel, int ReadySeconds, bool Json, SubmitOptions Asked);

    private static async Task<int> RunAsync(EmotionClient client, Request request, CancellationToken cancellationToken)
    {
        if (request.Zip is { } zip)
        {
            return await GatewayCommand.WaitUntilReadyAsync(client, request.ReadySeconds, cancellationToken)
                ? await ZipBatch.RunAsync(client, zip, request.Output, request.Asked, request.Json, cancellationToken)
                : ExitCode.SystemFailed;
        }

        if (!request.Folder.Exists)
        {
            GatewayCommand.Console.MarkupLineInterpolated($"[red]There is no folder[/] {request.Folder.FullName}");
            return ExitCode.BadInput;
        }

        var clips = BatchClips.Find(request.Folder, request.Output, request.Recursive);
        if (clips.Count == 0)
        {
            GatewayCommand.Console.MarkupLineInterpolated($"[red]There is no clip in[/] {request.Folder.FullName} ({string.Join(", ", BatchClips.Endings)}).");
            return ExitCode.BadInput;
        }

        if (!await GatewayCommand.WaitUntilReadyAsync(client, request.ReadySeconds, cancellationToken))
        {
            return ExitCode.SystemFailed;
        }

        var table = new BatchTable(request.Output);
        var status = ExitCode.Done;
        await GatewayCommand.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var all = progress.AddTask($"{clips.Count} clips", maxValue: clips.Count);
                await Parallel.ForEachAsync(clips, new ParallelOptions { MaxDegreeOfParallelism = request.Parallel, CancellationToken = cancellationToken }, async (clip, token) =>
                {
                    var outcome = await BatchItem.RunAsync(client, clip, request.Asked, token);
                    lock (table)
                    {
                        table.Add(outcome);
                        status = Worse(status, outcome.ExitCode);
                        if (request.Json)
                        {
                            Console.Out.WriteLine(outcome.ToJson());
                        }
                        else if (outcome.ExitCode != ExitCode.Done)
                        {
                            GatewayCommand.Console.MarkupLineInterpolated($"{outcome.Clip}: [red]{outcome.Status}[/] ({outcome.Reason}): {outcome.Detail}");
                        }

                        all.Increment(1);
                        all.Description = $"{all.Value} of {clips.Count} clips";
                    }
                });
            });
        if (!request.Json)
        {
            table.Show(GatewayCommand.Out);
        }

        GatewayCommand.Console.MarkupLineInterpolated($"Wrote {table.Write()}");
        return status;
    }

    // A system that failed outweighs a clip that was of no use.
    internal static int Worse(int one, int other) => one == ExitCode.SystemFailed || other == ExitCode.SystemFailed ? ExitCode.SystemFailed : Math.Max(one, other);
}
