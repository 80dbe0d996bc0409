using System.CommandLine;
using System.Globalization;
using Emotion.Cli.Analyze;
using Emotion.Cli.Gateway;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Jobs;

/// <summary><c>watch ID</c>: how far an analysis is, stage by stage, then its answer.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("ID") { Description = "Of the analysis, as `jobs list` shows it." };
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), new Option<bool>("--json") { Description = "Print each event as a line of JSON." });
        var command = new Command("watch", "Follows an analysis until its answer is there. " + GatewayCommand.ExitStatuses) { id, gateway, key, json };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(
            parsed.GetValue(gateway), parsed.GetValue(key), Timeout.InfiniteTimeSpan,
            client => RunAsync(client, parsed.GetValue(id)!, parsed.GetValue(json), cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(EmotionClient client, string id, bool json, CancellationToken cancellationToken)
    {
        if (json)
        {
            await foreach (var said in client.FollowAsync(id, cancellationToken))
            {
                Console.Out.WriteLine(said.Raw);
            }

            return ExitCode.Done;
        }

        var answer = await FollowAsync(client, id, cancellationToken);
        AnalysisReport.Write(GatewayCommand.Out, id, answer.Analysis);
        return ExitCode.Done;
    }

    /// <summary>A bar for each stage in a terminal; elsewhere a line for each tenth of a stage that counts, and for each that has ended.</summary>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public static async Task<AnalysisResponse> FollowAsync(EmotionClient client, string id, CancellationToken cancellationToken)
    {
        var console = GatewayCommand.Console;
        if (!console.Profile.Capabilities.Interactive)
        {
            var told = new HashSet<(string, double)>();
            return await FollowAsync(client, id, stage =>
            {
                if (told.Add((stage.Stage, stage.State == StageState.Ended ? 11 : Math.Floor(10 * (stage.Fraction ?? 0)))) && (stage.State == StageState.Ended || stage.Fraction > 0))
                {
                    console.WriteLine(TextOf(stage));
                }
            }, cancellationToken);
        }

        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(progress =>
            {
                var bars = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
                return FollowAsync(client, id, stage =>
                {
                    if (!bars.TryGetValue(stage.Stage, out var bar))
                    {
                        bars[stage.Stage] = bar = progress.AddTask(stage.Stage, maxValue: 1);
                    }

                    Show(bar, stage);
                }, cancellationToken);
            });
    }

    private static async Task<AnalysisResponse> FollowAsync(EmotionClient client, string id, Action<StageProgress> tell, CancellationToken cancellationToken)
    {
        await foreach (var said in client.FollowAsync(id, cancellationToken))
        {
            if (said.Result is { } answer)
            {
                return answer;
            }

            foreach (var stage in said.Progress!.Stages)
            {
                tell(stage);
            }
        }

        throw new HttpRequestException("The gateway ended the events before the answer.");
    }

    private static string TextOf(StageProgress stage) => stage switch
    {
        { State: StageState.Ended, Milliseconds: { } milliseconds } => string.Create(CultureInfo.InvariantCulture, $"{stage.Stage} {milliseconds:0} ms"),
        { Done: { } done, Total: { } total } => string.Create(CultureInfo.InvariantCulture, $"{stage.Stage} {done:0.#} of {total:0.#} {stage.Unit}"),
        _ => stage.Stage,
    };

    private static void Show(ProgressTask bar, StageProgress stage)
    {
        bar.IsIndeterminate = stage is { State: StageState.Running, Fraction: null };
        bar.Value = stage.State == StageState.Ended ? 1 : stage.Fraction ?? 0;
        bar.Description = Markup.Escape(TextOf(stage));
        if (stage.State == StageState.Ended)
        {
            bar.StopTask();
        }
    }
}
