using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emotion.Cli.Analyze;
using Emotion.Cli.Gateway;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Jobs;

/// <summary><c>jobs VERB</c>: the analyses that a gateway has, had and will have.</summary>
internal static class JobsCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private static readonly JsonSerializerOptions Lines = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Create() => new("jobs", "Analyses of a gateway: list, show, cancel, delete. " + GatewayCommand.ExitStatuses)
    {
        List(), Show(), Each("cancel", "Ends analyses that wait or run; what had ended stays.", (client, id, token) => client.CancelAsync(id, token)),
        Each("delete", "Forgets analyses and their answers, and ends them first where they run.", (client, id, token) => client.DeleteAsync(id, token)),
    };

    private static Command List()
    {
        var status = new Option<AnalysisState?>("--status") { Description = "Only those: queued, running, done or failed." };
        var limit = new Option<int>("--limit") { Description = "At most so many, the newest first.", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--limit is 1 or more.");
            }
        });
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), new Option<bool>("--json") { Description = "Print each as a line of JSON." });
        var command = new Command("list", "The analyses that are under way or kept, the newest first.") { status, limit, gateway, key, json };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            var some = client.ListAsync(parsed.GetValue(status), cancellationToken).Take(parsed.GetValue(limit));
            if (parsed.GetValue(json))
            {
                await foreach (var one in some)
                {
                    Console.Out.WriteLine(JsonSerializer.Serialize(one, Lines));
                }

                return ExitCode.Done;
            }

            Write(await some.ToListAsync(cancellationToken));
            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    private static void Write(List<AnalysisSummary> jobs)
    {
        if (jobs.Count == 0)
        {
            GatewayCommand.Console.WriteLine("There is no such analysis.");
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("id").NoWrap()).AddColumn("accepted").AddColumn("status").AddColumn("seconds").AddColumn("emotion").AddColumn("release");
        foreach (var job in jobs)
        {
            var status = job.Status.ToString().ToLowerInvariant();
            table.AddRow(
                Markup.Escape(job.Id), job.AcceptedAt.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                job.Status switch
                {
                    AnalysisState.Failed => $"[red]{status}[/]: {Markup.Escape(job.Reason ?? "")}",
                    AnalysisState.Done => $"[green]{status}[/]",
                    _ => status,
                },
                job.Seconds?.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
                Markup.Escape(job.Prediction is { } prediction ? prediction + (job.Certainty == FusedStatus.Uncertain ? " (uncertain)" : "") : ""), Markup.Escape(job.Release));
        }

        GatewayCommand.Out.Write(table);
    }

    private static Command Show()
    {
        var id = new Argument<string>("ID") { Description = "Of the analysis." };
        var (gateway, key, json) = (GatewayCommand.Address(), GatewayCommand.Key(), new Option<bool>("--json") { Description = "Print the raw answer." });
        var save = SavedAnswer.Option();
        var command = new Command("show", "The answer of one, or how far it is.") { id, gateway, key, json, save };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            var answer = await client.GetAsync(parsed.GetValue(id)!, cancellationToken);
            foreach (var file in parsed.GetValue(save) ?? [])
            {
                await SavedAnswer.WriteAsync(client, answer, file, cancellationToken);
                GatewayCommand.Console.MarkupLineInterpolated($"Wrote {file.FullName}");
            }

            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(answer.Raw);
            }
            else if (answer.Analysis.Status == AnalysisStatus.Done)
            {
                AnalysisReport.Write(GatewayCommand.Out, answer.Analysis.Id, answer.Analysis);
            }
            else
            {
                GatewayCommand.Out.WriteLine($"{answer.Analysis.Id} is {answer.Analysis.Status.ToString().ToLowerInvariant()}; `watch {answer.Analysis.Id}` follows it.");
            }

            return ExitCode.Done;
        }, cancellationToken));
        return command;
    }

    /// <summary>The same for each of several; one that is refused does not keep the others from it.</summary>
    private static Command Each(string name, string description, Func<EmotionClient, string, CancellationToken, Task> act)
    {
        var ids = new Argument<string[]>("ID") { Description = "Of the analyses.", Arity = ArgumentArity.OneOrMore };
        var (gateway, key) = (GatewayCommand.Address(), GatewayCommand.Key());
        var command = new Command(name, description) { ids, gateway, key };
        command.SetAction((parsed, cancellationToken) => GatewayCommand.RunAsync(parsed.GetValue(gateway), parsed.GetValue(key), Timeout, async client =>
        {
            var status = ExitCode.Done;
            foreach (var id in parsed.GetValue(ids)!)
            {
                try
                {
                    await act(client, id, cancellationToken);
                }
                catch (AnalysisRefusedException refused)
                {
                    GatewayCommand.Console.MarkupLineInterpolated($"{id}: [red]refused[/] ({refused.Reason}): {refused.Message}");
                    status = ExitCode.BadInput;
                }
            }

            return status;
        }, cancellationToken));
        return command;
    }
}
