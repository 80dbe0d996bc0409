using Emotion.Features;
using Emotion.Gateway.Api;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Canary;

/// <summary>What the end of an analysis says about the release that answered it.</summary>
internal static class CanaryEvidence
{
    /// <summary>Shorter clips take hardly less time.</summary>
    private const double ShortestClipSeconds = 1;

    private static readonly HashSet<string> FaultsOfServices = ["services-failed", "fusion-failed", "deadline", "internal"];

    private static readonly string[] ModalityFaultsOfServices = ["no-service:", "wrong-release:"];

    /// <returns>Null where it says nothing: the clip was of no use, or somebody ended it.</returns>
    public static CanaryOutcome? Of(AnalysisOutcome outcome, ulong? client, long number) => outcome switch
    {
        { Refusal: { } refusal } => FaultsOfServices.Contains(refusal.Reason) ? new CanaryOutcome(number, true, 0, 0, client) : null,
        { Analysis: { } analysis } when analysis.Fused?.Fallback == true || HasFailed(analysis.Modalities) => new CanaryOutcome(number, true, 0, 0, client),
        { Analysis: { Clip: { } clip } analysis } => new CanaryOutcome(
            number,
            false,
            (analysis.Timings.GetValueOrDefault("total") - analysis.Timings.GetValueOrDefault("overlay")) / 1000 / Math.Max(clip.Seconds, ShortestClipSeconds), // No model draws.
            analysis.Fused?.Prediction is { } prediction ? EmotionLabels.IndexOf(prediction) : EmotionLabels.Count,
            client),
        _ => null,
    };

    private static bool HasFailed(ModalityAnswers? modalities) =>
        modalities is not null && new[] { modalities.Audio, modalities.Video, modalities.Text }.Any(modality =>
            modality.Status == ModalityStatus.Failed && ModalityFaultsOfServices.Any(fault => modality.Reason?.StartsWith(fault, StringComparison.Ordinal) == true));
}
