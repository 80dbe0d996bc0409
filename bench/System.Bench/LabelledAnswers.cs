using Emotion.Client;
using Emotion.Features;

namespace Emotion.SystemBench;

/// <summary>
/// What the whole system answers for clips of real people whose expressed emotion is known: fused and by each modality, with all probabilities, for <c>report fusion</c> to judge. Clips of
/// a label that is none of ours are left out.
/// </summary>
internal static class LabelledAnswers
{
    private const string List = "manifest.csv", Heading = "clip,subject,emotion,";

    public static async Task<int> RunAsync(Uri gateway, DirectoryInfo clips, FileInfo output, CancellationToken cancellationToken)
    {
        var lines = await File.ReadAllLinesAsync(Path.Combine(clips.FullName, List), cancellationToken);
        if (lines.Length == 0 || !lines[0].StartsWith(Heading, StringComparison.Ordinal))
        {
            await Console.Error.WriteLineAsync($"{List} must begin with '{Heading}'.");
            return 2;
        }

        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var rows = new List<object>();
        foreach (var fields in lines.Skip(1).Select(line => line.Split(',')).Where(fields => fields.Length > 2 && EmotionLabels.TryIndexOf(fields[2], out _)))
        {
            await using var content = File.OpenRead(Path.Combine(clips.FullName, fields[0]));
            var analysis = (await client.AnalyzeAsync(content, null, cancellationToken)).Analysis;
            rows.Add(new
            {
                clip = fields[0],
                subject = fields[1],
                emotion = fields[2],
                release = analysis.Models?.Release,
                status = analysis.Fused?.Status.ToString().ToLowerInvariant(),
                fused = Probabilities(analysis.Fused?.Posterior),
                audio = Probabilities(analysis.Modalities.GetValueOrDefault("audio")?.Posterior),
                video = Probabilities(analysis.Modalities.GetValueOrDefault("video")?.Posterior),
                text = Probabilities(analysis.Modalities.GetValueOrDefault("text")?.Posterior),
            });
            Console.WriteLine($"{fields[0]}: {analysis.Fused?.Prediction ?? "none"}, is {fields[2]}");
        }

        await RunRecord.WriteAsync(output, "./emotion prove labelled-clips", new { n = rows.Count, labels = EmotionLabels.Names, clips = rows }, cancellationToken);
        return rows.Count > 0 ? 0 : 1;
    }

    private static double[]? Probabilities(IReadOnlyDictionary<string, double>? posterior) =>
        posterior is null ? null : [.. EmotionLabels.Names.Select(label => Math.Round(posterior.GetValueOrDefault(label), 5))];
}
