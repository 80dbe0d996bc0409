using System.Text.Json;
using Emotion.Cli.Gateway;
using Emotion.Client;

namespace Emotion.Cli.Batch;

/// <summary>What became of one clip.</summary>
/// <param name="Status"><c>done</c>, <c>kept</c> (its answer was there), <c>refused</c> or <c>failed</c>.</param>
/// <param name="Reason">A word for programs; null with an answer.</param>
/// <param name="Detail">A sentence for people; null with an answer.</param>
internal sealed record BatchOutcome(string Clip, string Status, int ExitCode, string? Reason, string? Detail, Analysis? Analysis)
{
    private double? Probability => Analysis?.Fused is { Prediction: { } prediction, Posterior: { } posterior } ? posterior[prediction] : null;

    /// <summary>As in <see cref="BatchTable.Columns"/>.</summary>
    public IReadOnlyList<object?> Fields =>
    [
        Clip, Status, Analysis?.Fused?.Prediction, Probability, Analysis?.Fused?.Status.ToString().ToLowerInvariant(), Analysis?.Clip?.Seconds, Analysis?.Models?.Release, Analysis?.Id, Reason, Detail,
    ];

    public string ToJson() => JsonSerializer.Serialize(BatchTable.Columns.Zip(Fields).ToDictionary(pair => pair.First, pair => pair.Second));
}

/// <summary>Sends one clip and keeps its answer.</summary>
internal static class BatchItem
{
    private static readonly JsonSerializerOptions Json = EmotionClient.Json;

    public static async Task<BatchOutcome> RunAsync(EmotionClient client, BatchClip clip, SubmitOptions asked, CancellationToken cancellationToken)
    {
        if (Kept(clip) is { } there)
        {
            return new BatchOutcome(clip.Name, "kept", Cli.ExitCode.Done, null, null, there);
        }

        try
        {
            await using var content = clip.File.OpenRead();
            var answer = await client.AnalyzeAsync(content, null, cancellationToken, asked with { IdempotencyKey = Guid.NewGuid().ToString("N"), UploadNote = UploadNotes.Of(clip.File) });
            await WriteAsync(clip.Answer, answer, cancellationToken);
            return new BatchOutcome(clip.Name, "done", Cli.ExitCode.Done, null, null, answer.Analysis);
        }
        catch (AnalysisRefusedException refused)
        {
            return new BatchOutcome(clip.Name, "refused", Cli.ExitCode.BadInput, refused.Reason, refused.Message, null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or UnauthorizedAccessException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var slow = failure is OperationCanceledException;
            return new BatchOutcome(clip.Name, "failed", Cli.ExitCode.SystemFailed, slow ? "timeout" : "failed", slow ? "No answer in time." : failure.Message, null);
        }
    }

    /// <summary>Aside, and then moved, so that half an answer is never taken for one.</summary>
    public static async Task WriteAsync(FileInfo file, AnalysisResponse answer, CancellationToken cancellationToken)
    {
        file.Directory!.Create();
        var part = file.FullName + ".part";
        await File.WriteAllTextAsync(part, answer.Raw + "\n", cancellationToken);
        File.Move(part, file.FullName, overwrite: true);
    }

    /// <summary>An answer that is younger than its clip; null where there is none that can be read.</summary>
    private static Analysis? Kept(BatchClip clip)
    {
        if (!clip.Answer.Exists || clip.Answer.LastWriteTimeUtc < clip.File.LastWriteTimeUtc)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Analysis>(File.ReadAllText(clip.Answer.FullName), Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
