using Emotion.Cli.Gateway;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Batch;

/// <summary><c>batch FILE.zip</c>: many clips in one request, and their answers as they are there.</summary>
internal static class ZipBatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(
        EmotionClient client, FileInfo zip, DirectoryInfo output, SubmitOptions asked, bool json, CancellationToken cancellationToken)
    {
        var batch = await UploadAsync(client, zip, asked, cancellationToken);
        GatewayCommand.Console.MarkupLineInterpolated($"Batch {batch.Id}: {batch.Counts.Total} clips");
        batch = await WaitAsync(client, batch, cancellationToken);
        var (table, status) = (new BatchTable(output), ExitCode.Done);
        await foreach (var item in client.ListBatchAsync(batch.Id, cancellationToken))
        {
            var outcome = await OutcomeAsync(client, item, output, cancellationToken);
            table.Add(outcome);
            status = BatchCommand.Worse(status, outcome.ExitCode);
            if (json)
            {
                Console.Out.WriteLine(outcome.ToJson());
            }
        }

        if (!json)
        {
            table.Show(GatewayCommand.Out);
        }

        GatewayCommand.Console.MarkupLineInterpolated($"Wrote {table.Write()}");
        return status;
    }

    private static Task<Client.Batch> UploadAsync(EmotionClient client, FileInfo zip, SubmitOptions asked, CancellationToken cancellationToken) =>
        GatewayCommand.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async progress =>
            {
                var upload = progress.AddTask($"Uploading {Markup.Escape(zip.Name)}", maxValue: Math.Max(1, zip.Length));
                await using var content = zip.OpenRead();
                return await client.SubmitZipAsync(content, new SynchronousProgress(bytes => upload.Value = bytes), cancellationToken, asked);
            });

    private static Task<Client.Batch> WaitAsync(EmotionClient client, Client.Batch batch, CancellationToken cancellationToken) =>
        GatewayCommand.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new RemainingTimeColumn())
            .StartAsync(async progress =>
            {
                var all = progress.AddTask($"{batch.Counts.Total} clips", maxValue: Math.Max(1, batch.Counts.Total));
                while (batch.Status == BatchStatus.Running)
                {
                    await Task.Delay(Pause, cancellationToken);
                    batch = await client.GetBatchAsync(batch.Id, cancellationToken);
                    all.Value = batch.Counts.Done + batch.Counts.Failed;
                }

                return batch;
            });

    private static async Task<BatchOutcome> OutcomeAsync(EmotionClient client, Client.BatchItem item, DirectoryInfo output, CancellationToken cancellationToken)
    {
        // A name that a file of ours could not have is nobody's to choose.
        var name = Path.GetFileName(item.Name) is { Length: > 0 } said ? said : item.Id;
        if (item.Status != AnalysisState.Done)
        {
            return new BatchOutcome(name, item.Retryable ? "failed" : "refused", item.Retryable ? ExitCode.SystemFailed : ExitCode.BadInput, item.Reason, item.Detail, null);
        }

        var answer = await client.GetAsync(item.Id, cancellationToken);
        await BatchItem.WriteAsync(new FileInfo(Path.Combine(output.FullName, name + ".json")), answer, cancellationToken);
        return new BatchOutcome(name, "done", ExitCode.Done, null, null, answer.Analysis);
    }
}
