using System.CommandLine;
using Emotion.Cli.Gateway;
using Emotion.Cli.Jobs;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Analyze;

/// <summary><c>analyze CLIP</c>: uploads a clip with progress, waits, shows the answer.</summary>
internal static class AnalyzeCommand
{
    public static Command Create()
    {
        var clip = new Argument<FileInfo>("CLIP") { Description = "Video or sound file: mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg, flac." };
        var (gateway, key) = (GatewayCommand.Address(), GatewayCommand.Key());
        var ready = new Option<int>("--ready-seconds") { Description = "How long to wait until every service is ready.", DefaultValueFactory = _ => 120 };
        var timeout = new Option<int>("--timeout-seconds") { Description = "How long the whole analysis may take.", DefaultValueFactory = _ => 900 };
        var json = new Option<bool>("--json") { Description = "Print the raw answer." };
        var (save, asked) = (SavedAnswer.Option(), new AskedOptions());
        var command = new Command("analyze", "Says which emotion the people in a clip express. Exit status: 0 done, 2 bad usage or bad clip, 1 the system failed.")
        {
            clip, gateway, key, ready, timeout, json, save,
        };
        asked.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Request(
                parsed.GetValue(clip)!, parsed.GetValue(gateway), parsed.GetValue(key), parsed.GetValue(ready), parsed.GetValue(timeout), parsed.GetValue(json), parsed.GetValue(save) ?? [],
                asked.Of(parsed)),
            cancellationToken));
        return command;
    }

    private sealed record Request(FileInfo Clip, Uri? Gateway, string? Key, int ReadySeconds, int TimeoutSeconds, bool Json, FileInfo[] Save, SubmitOptions Asked);

    private static Task<int> RunAsync(Request request, CancellationToken cancellationToken)
    {
        var console = GatewayCommand.Console;
        return GatewayCommand.RunAsync(request.Gateway, request.Key, TimeSpan.FromSeconds(request.TimeoutSeconds), async client =>
        {
            if (!request.Clip.Exists)
            {
                console.MarkupLineInterpolated($"[red]There is no file[/] {request.Clip.FullName}");
                return ExitCode.BadInput;
            }

            if (!await GatewayCommand.WaitUntilReadyAsync(client, request.ReadySeconds, cancellationToken))
            {
                return ExitCode.SystemFailed;
            }

            var answer = await AnswerAsync(client, request, cancellationToken);
            foreach (var file in request.Save)
            {
                await SavedAnswer.WriteAsync(client, answer, file, cancellationToken);
                console.MarkupLineInterpolated($"Wrote {file.FullName}");
            }

            if (request.Json)
            {
                Console.Out.WriteLine(answer.Raw);
            }
            else
            {
                AnalysisReport.Write(GatewayCommand.Out, request.Clip.Name, answer.Analysis);
            }

            return ExitCode.Done;
        }, cancellationToken);
    }

    /// <summary>Who interrupts this ends the analysis, too.</summary>
    private static async Task<AnalysisResponse> AnswerAsync(EmotionClient client, Request request, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(request.TimeoutSeconds));
        var accepted = await UploadAsync(client, request, patience.Token);
        if (accepted.Analysis.Status == AnalysisStatus.Done)
        {
            return accepted;
        }

        try
        {
            return await WatchCommand.FollowAsync(client, accepted.Analysis.Id, patience.Token);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(client, accepted.Analysis.Id);
            throw;
        }
    }

    private static async Task EndAsync(EmotionClient client, string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        try
        {
            await client.CancelAsync(id, patience.Token);
        }
        catch (Exception failure) when (failure is AnalysisRefusedException or HttpRequestException or OperationCanceledException)
        {
            GatewayCommand.Console.MarkupLineInterpolated($"The analysis {id} may still run: {failure.Message}");
        }
    }

    private static Task<AnalysisResponse> UploadAsync(EmotionClient client, Request request, CancellationToken cancellationToken) =>
        GatewayCommand.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var upload = progress.AddTask($"Uploading {Markup.Escape(request.Clip.Name)}", maxValue: Math.Max(1, request.Clip.Length));
                await using var clip = request.Clip.OpenRead();
                return await client.SubmitAsync(clip, new SynchronousProgress(bytes => upload.Value = bytes), cancellationToken,
                    request.Asked with { Overlay = request.Asked.Overlay || SavedAnswer.NeedsOverlay(request.Save), UploadNote = UploadNotes.Of(request.Clip) });
            });
}
