using System.Text.Json;
using Emotion.Features;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Renderings;

/// <summary>What the fused answer, or one modality, says of one window: what every rendering is made of.</summary>
/// <param name="Name">fused, audio, video or text.</param>
/// <param name="Status">As the JSON answer writes it.</param>
/// <param name="Shares">Probabilities in the order of <see cref="EmotionLabels.Names"/>; empty where there is no answer.</param>
internal sealed record TimelineRow(
    string Name, string Status, string? Prediction, IReadOnlyList<double> Shares, double? Contribution, string? Reason)
{
    /// <summary>The rows of every window, from top to bottom.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fused", "audio", "video", "text"];

    public bool IsUncertain => Status == Word(FusedStatus.Uncertain);

    /// <summary>The prediction's probability; 0 without one.</summary>
    public double Probability => Prediction is { } prediction && Shares.Count > 0 ? Shares[EmotionLabels.IndexOf(prediction)] : 0;

    /// <summary>The first word of the reason, as in no-face; of none, the status.</summary>
    public string ReasonWord => Reason?.Split(':')[0] is { Length: > 0 } word ? word : Status;

    public static IReadOnlyList<TimelineRow> Of(WindowAnswer window) =>
    [
        new(Names[0], Word(window.Fused.Status), window.Fused.Prediction, InOrder(window.Fused.Posterior), null, window.Fused.Reason),
        Of(Names[1], window.Audio),
        Of(Names[2], window.Video),
        Of(Names[3], window.Text),
    ];

    /// <summary>In the order of <see cref="EmotionLabels.Names"/>.</summary>
    public static IReadOnlyList<double> SharesOf(Posterior p) => [p.Neutral, p.Calm, p.Happy, p.Sad, p.Angry, p.Fearful, p.Disgust, p.Surprised];

    private static TimelineRow Of(string name, ModalityAnswer answer) =>
        new(name, Word(answer.Status), answer.Prediction, InOrder(answer.Posterior), answer.Contribution, answer.Reason);

    private static IReadOnlyList<double> InOrder(Posterior? posterior) => posterior is null ? [] : SharesOf(posterior);

    private static string Word<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
