using Emotion.Client;

namespace Emotion.SystemBench;

/// <summary>One line per clip: what was answered, by which modality, or why it was refused.</summary>
internal static class ClipAnswers
{
    public static async Task<int> RunAsync(Uri gateway, DirectoryInfo clips, FileInfo output, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = gateway };
        var client = new EmotionClient(http, new EmotionClientOptions { Key = EmotionKey.Find(null, gateway) });
        var rows = new List<object>();
        foreach (var clip in clips.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            try
            {
                await using var content = clip.OpenRead();
                var analysis = (await client.AnalyzeAsync(content, null, cancellationToken)).Analysis;
                rows.Add(new
                {
                    clip = clip.Name,
                    prediction = analysis.Fused?.Prediction,
                    probability = analysis.Fused?.Prediction is { } label ? Math.Round(analysis.Fused.Posterior![label], 3) : (double?)null,
                    status = analysis.Fused?.Status.ToString().ToLowerInvariant(),
                    audio = Say(analysis, "audio"),
                    video = Say(analysis, "video"),
                    text = Say(analysis, "text"),
                    release = analysis.Models?.Release,
                });
                Console.WriteLine($"{clip.Name}: {analysis.Fused?.Prediction ?? "none"} (audio {Say(analysis, "audio")}, video {Say(analysis, "video")}, text {Say(analysis, "text")})");
            }
            catch (AnalysisRefusedException refused)
            {
                rows.Add(new { clip = clip.Name, refused = refused.Reason, detail = refused.Message });
                Console.WriteLine($"{clip.Name}: refused ({refused.Reason})");
            }
        }

        await RunRecord.WriteAsync(output, "./emotion prove clips", new { n = rows.Count, clips = rows }, cancellationToken);
        return rows.Count > 0 ? 0 : 1;
    }

    private static string Say(Analysis analysis, string modality) =>
        analysis.Modalities.GetValueOrDefault(modality) is not { } answer ? "absent"
        : answer.Prediction is { } prediction ? $"{prediction} {answer.Posterior![prediction]:0.00}"
        : answer.Status.ToString().ToLowerInvariant();
}
