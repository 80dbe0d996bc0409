using System.CommandLine;
using System.CommandLine.Parsing;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Analyze;

/// <summary><c>analyze CLIP</c>: uploads a clip with progress, waits, shows the answer.</summary>
internal static class AnalyzeCommand
{
    public static Command Create()
    {
        var clip = new Argument<FileInfo>("CLIP") { Description = "Video or sound file: mp4, mov, mkv, webm, avi, flv, wav, mp3, ogg, flac." };
        var gateway = new Option<Uri?>("--gateway")
        {
            Description = "Address of the gateway, for example http://127.0.0.1:8080.",
            CustomParser = result => Address(result, result.Tokens[0].Value),
            DefaultValueFactory = result => Environment.GetEnvironmentVariable("EMOTION_GATEWAY") is { Length: > 0 } address ? Address(result, address) : null,
        };
        var ready = new Option<int>("--ready-seconds") { Description = "How long to wait until every service is ready.", DefaultValueFactory = _ => 120 };
        var timeout = new Option<int>("--timeout-seconds") { Description = "How long the whole analysis may take.", DefaultValueFactory = _ => 900 };
        var json = new Option<bool>("--json") { Description = "Print the raw answer." };
        var save = new Option<FileInfo[]>("--save")
        {
            Description = $"File to write the answer to; its ending says as what: {SavedAnswer.Endings}. May be given more than once.",
        };
        save.Validators.Add(SavedAnswer.Check);
        var command = new Command("analyze", "Says which emotion the people in a clip express. Exit status: 0 done, 2 bad usage or bad clip, 1 the system failed.")
        {
            clip, gateway, ready, timeout, json, save,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            new Request(
                parsed.GetValue(clip)!, parsed.GetValue(gateway), parsed.GetValue(ready), parsed.GetValue(timeout), parsed.GetValue(json), parsed.GetValue(save) ?? []),
            cancellationToken));
        return command;
    }

    private static Uri? Address(ArgumentResult result, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https"))
        {
            return address;
        }

        result.AddError($"'{text}' is no http address.");
        return null;
    }

    private sealed record Request(FileInfo Clip, Uri? Gateway, int ReadySeconds, int TimeoutSeconds, bool Json, FileInfo[] Save);

    private static async Task<int> RunAsync(Request request, CancellationToken cancellationToken)
    {
        // Progress and reasons go to standard error, so that standard output is the answer and nothing else.
        var console = Terminal.Create(Console.Error, Console.IsErrorRedirected);
        if (request.Gateway is null)
        {
            console.MarkupLine("[red]No gateway:[/] give --gateway or set EMOTION_GATEWAY (./emotion analyze starts one).");
            return ExitCode.BadInput;
        }

        if (!request.Clip.Exists)
        {
            console.MarkupLineInterpolated($"[red]There is no file[/] {request.Clip.FullName}");
            return ExitCode.BadInput;
        }

        using var http = new HttpClient { BaseAddress = request.Gateway, Timeout = TimeSpan.FromSeconds(request.TimeoutSeconds) };
        var client = new EmotionClient(http);
        try
        {
            if (!await WaitUntilReadyAsync(client, request.ReadySeconds, console, cancellationToken))
            {
                console.MarkupLineInterpolated($"[red]The system was not ready[/] within {request.ReadySeconds} s. Its logs are in .emotion/logs/.");
                return ExitCode.SystemFailed;
            }

            var answer = await UploadAsync(client, request.Clip, console, cancellationToken);
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
                AnalysisReport.Write(Terminal.Create(Console.Out, Console.IsOutputRedirected), request.Clip.Name, answer.Analysis);
            }

            return ExitCode.Done;
        }
        catch (AnalysisRefusedException refused)
        {
            console.MarkupLineInterpolated($"[red]Refused[/] ({refused.Reason}): {refused.Message}");
            return ExitCode.BadInput;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            console.MarkupLineInterpolated($"[red]A file cannot be read or written:[/] {unreadable.Message}");
            return ExitCode.BadInput;
        }
        catch (HttpRequestException failed)
        {
            console.MarkupLineInterpolated($"[red]The system failed:[/] {failed.Message}");
            return ExitCode.SystemFailed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (OperationCanceledException)
        {
            console.MarkupLineInterpolated($"[red]No answer[/] within {request.TimeoutSeconds} s.");
            return ExitCode.SystemFailed;
        }
    }

    private static async Task<bool> WaitUntilReadyAsync(EmotionClient client, int seconds, IAnsiConsole console, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            return await console.Status().StartAsync("Waiting until every service is ready", async _ =>
            {
                while (!await client.IsReadyAsync(patience.Token))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(250), patience.Token);
                }

                return true;
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static Task<AnalysisResponse> UploadAsync(EmotionClient client, FileInfo file, IAnsiConsole console, CancellationToken cancellationToken) =>
        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(async progress =>
            {
                var upload = progress.AddTask($"Uploading {Markup.Escape(file.Name)}", maxValue: Math.Max(1, file.Length));
                var analysis = progress.AddTask("Analysing", autoStart: false).IsIndeterminate();
                await using var clip = file.OpenRead();
                var sent = new SynchronousProgress(bytes =>
                {
                    upload.Value = bytes;
                    if (bytes >= file.Length && !analysis.IsStarted)
                    {
                        analysis.StartTask();
                    }
                });
                return await client.AnalyzeAsync(clip, sent, cancellationToken);
            });

    /// <summary>Unlike <see cref="Progress{T}"/> it reports in order.</summary>
    private sealed class SynchronousProgress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
