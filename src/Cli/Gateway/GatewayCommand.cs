using System.CommandLine;
using System.CommandLine.Parsing;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Gateway;

/// <summary>What every command that talks to a gateway has in common: where it is, how long it may take, what failures are called.</summary>
internal static class GatewayCommand
{
    public const string ExitStatuses = "Exit status: 0 done, 2 bad usage, bad clip or no such analysis, 1 the system failed, 130 Ctrl-C.";

    /// <summary>Progress and reasons go to standard error, so that standard output is the answer and nothing else.</summary>
    public static IAnsiConsole Console { get; } = Terminal.Create(System.Console.Error, System.Console.IsErrorRedirected);

    public static IAnsiConsole Out { get; } = Terminal.Create(System.Console.Out, System.Console.IsOutputRedirected);

    public static Option<Uri?> Address() => new("--gateway")
    {
        Description = "Address of the gateway, for example http://127.0.0.1:8080; else that in EMOTION_GATEWAY.",
        CustomParser = result => Parse(result, result.Tokens[0].Value),
        DefaultValueFactory = result => Environment.GetEnvironmentVariable("EMOTION_GATEWAY") is { Length: > 0 } address ? Parse(result, address) : null,
    };

    public static Option<string?> Key() => new("--key")
    {
        Description = "The key, emo_...; else that in EMOTION_KEY, which a list of processes does not show, else that of the system that runs here.",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    /// <param name="gateway">Null where nobody said.</param>
    /// <param name="key">Null where nobody said.</param>
    /// <param name="timeout">Of each request.</param>
    /// <param name="action">Gives the exit status.</param>
    public static async Task<int> RunAsync(Uri? gateway, string? key, TimeSpan timeout, Func<EmotionClient, Task<int>> action, CancellationToken cancellationToken)
    {
        if (gateway is null)
        {
            Console.MarkupLine("[red]No gateway:[/] give --gateway or set EMOTION_GATEWAY (./emotion up starts one; ./emotion analyze and batch do so themselves).");
            return ExitCode.BadInput;
        }

        using var http = new HttpClient { BaseAddress = gateway, Timeout = timeout };
        try
        {
            return await action(new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(key, gateway) }));
        }
        catch (AnalysisRefusedException refused)
        {
            Console.MarkupLineInterpolated($"[red]Refused[/] ({refused.Reason}): {refused.Message}");
            return ExitCode.BadInput;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Console.MarkupLineInterpolated($"[red]A file cannot be read or written:[/] {unreadable.Message}");
            return ExitCode.BadInput;
        }
        catch (HttpRequestException failed)
        {
            Console.MarkupLineInterpolated($"[red]The system failed:[/] {failed.Message}");
            return ExitCode.SystemFailed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (OperationCanceledException)
        {
            Console.MarkupLineInterpolated($"[red]No answer[/] within {timeout.TotalSeconds:0} s.");
            return ExitCode.SystemFailed;
        }
    }

    public static async Task<bool> WaitUntilReadyAsync(EmotionClient client, int seconds, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            return await Console.Status().StartAsync("Waiting until every service is ready", async _ =>
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
            Console.MarkupLineInterpolated($"[red]The system was not ready[/] within {seconds} s. Its logs are in .emotion/logs/.");
            return false;
        }
    }

    private static Uri? Parse(ArgumentResult result, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is ("http" or "https"))
        {
            return address;
        }

        result.AddError($"'{text}' is no http address.");
        return null;
    }
}
