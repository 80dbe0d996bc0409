using System.Diagnostics;
using System.Text.Json;
using Emotion.Client;

namespace Emotion.SystemBench;

/// <summary>Uploads a clip, kills a video replica while it is worked on, and counts the answers that lack anything.</summary>
internal static class ReplicaLoss
{
    private static readonly TimeSpan RestartTimeout = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(Uri gateway, FileInfo clip, FileInfo state, int rounds, FileInfo output, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var content = await File.ReadAllBytesAsync(clip.FullName, cancellationToken);
        await client.AnalyzeAsync(new MemoryStream(content), null, cancellationToken);
        var random = new Random(1);
        var answered = 0;
        var incomplete = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            var victims = await ReplicasAsync(state, cancellationToken);
            var analysis = client.AnalyzeAsync(new MemoryStream(content), null, cancellationToken);
            await Task.Delay(random.Next(0, 400), cancellationToken);
            using (var victim = Process.GetProcessById(victims[round % victims.Count]))
            {
                victim.Kill();
            }

            var answer = (await analysis).Analysis;
            answered++;
            if (answer.Modalities["audio"].Status != ModalityStatus.Used || answer.Modalities["video"].Status != ModalityStatus.Used)
            {
                incomplete.Add($"round {round}: {string.Join("; ", answer.Modalities.Select(modality => $"{modality.Key} {modality.Value.Status} {modality.Value.Reason}"))}");
            }

            await WaitForReplicasAsync(state, victims.Count, cancellationToken);
        }

        await RunRecord.WriteAsync(output, "./emotion prove replica-loss", new { kills = rounds, answered, incomplete = incomplete.Count, reasons = incomplete }, cancellationToken);
        return answered == rounds && incomplete.Count == 0 ? 0 : 1;
    }

    private static async Task WaitForReplicasAsync(FileInfo state, int count, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while ((await ReplicasAsync(state, cancellationToken)).Count < count && Stopwatch.GetElapsedTime(start) < RestartTimeout)
        {
            await Task.Delay(200, cancellationToken);
        }
    }

    private static async Task<List<int>> ReplicasAsync(FileInfo state, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(state.FullName, cancellationToken));
        return [.. document.RootElement.GetProperty("resources").EnumerateArray()
            .Where(resource => resource.GetProperty("name").GetString()!.StartsWith("video-", StringComparison.Ordinal)
                && resource.GetProperty("state").GetString() == "Running")
            .Select(resource => resource.GetProperty("processId").GetInt32())];
    }
}
