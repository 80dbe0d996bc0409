using System.Text.Json;
using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Fusion.V1;
using Emotion.Contracts.Video.V1;
using Emotion.Features;
using Emotion.Gateway.Api;
using ClipWindow = Emotion.Contracts.Common.V1.ClipWindow;
using Posterior = Emotion.Contracts.Common.V1.Posterior;

namespace Emotion.Gateway.Analyses;

/// <summary>Everything that the services found for one clip.</summary>
public sealed record Findings(
    IReadOnlyList<ClipWindow> Windows, AudioFinding Audio, VideoFinding Video, TextFinding Text, SpeakingFace.Choice Faces, FuseResponse Fused);

/// <summary>Puts what the services found into the words of the API.</summary>
public sealed class AnswerBuilder(Findings findings)
{
    private const string TooUncertain = "below-threshold: No emotion is probable enough for the model to be called certain.";

    private const string Product = "This is the product of what the modalities find by themselves.";

    private static readonly Abstention WordlessWindow = new() { Reason = Abstention.Types.Reason.NoWords, Detail = "No word is said in this window." };

    private readonly Dictionary<uint, FusedWindow> _fused = findings.Fused.Windows.ToDictionary(window => window.WindowIndex);

    public FusedAnswer Fused() => Fused(
        findings.Fused.Posterior, findings.Fused.Abstention, findings.Fused.Uncertain, findings.Fused.ModalitiesDisagree, (int?)findings.Faces.Clip) with
    {
        DecidedBy = findings.Fused.DecidedBy is not { } deciding
            ? null
            : new Api.DecidingWindows(
                [.. deciding.WindowIndex.Select(index => (int)index)],
                Probability(deciding.Change),
                deciding.PosteriorWithout is { } without ? Prediction(without) : null),
    };

    public ModalityAnswers Modalities() => new(
        OfClip(FusionStage.Audio, findings.Audio.Verdict, findings.Audio.Windows.Values.Select(window => window.Abstention)),
        OfClip(FusionStage.Video, findings.Video.Verdict, findings.Video.Windows.Select(window => window.Abstention)),
        OfText(findings.Text.Posterior, findings.Text.Abstention, findings.Fused.Contributions));

    public IReadOnlyList<WindowAnswer> Windows() => [.. findings.Windows.Select(Window)];

    public IReadOnlyList<FaceAnswer> Faces() =>
    [
        .. findings.Video.Tracks.Select(track => new FaceAnswer
        {
            Id = (int)track.FaceId,
            Start = Seconds(track.StartSeconds),
            End = Seconds(track.EndSeconds),
            Boxes = [.. track.Boxes.Select(box => new FaceBox(
                Seconds(box.Seconds), Share(box.Box.Left), Share(box.Box.Top), Share(box.Box.Width), Share(box.Box.Height)))],
            Posterior = track.Posterior is { } posterior ? Probabilities(posterior) : null,
        }),
    ];

    public ModelVersions Models(string release) => new(
        release,
        findings.Audio.Windows.Values.Select(window => window.Model?.Version).FirstOrDefault(),
        findings.Video.Version,
        findings.Text.Version,
        findings.Fused.Model?.Version);

    private WindowAnswer Window(ClipWindow window)
    {
        var fused = _fused.GetValueOrDefault(window.Index) ?? new FusedWindow();
        var voice = findings.Audio.Windows.GetValueOrDefault(window.Index);
        var faces = findings.Video.Windows.Where(face => face.WindowIndex == window.Index).ToList();
        var face = findings.Faces.ByWindow.GetValueOrDefault(window.Index);
        return new WindowAnswer
        {
            Start = Seconds(window.StartSeconds),
            End = Seconds(window.EndSeconds),
            Fused = Fused(fused.Posterior, fused.Abstention, fused.Uncertain, fused.ModalitiesDisagree, (int?)face?.FaceId),
            Audio = OfWindow(FusionStage.Audio, findings.Audio.Verdict, voice?.Posterior, voice?.Abstention, fused.Contributions),
            Video = OfWindow(
                FusionStage.Video,
                findings.Video.Verdict,
                face?.Posterior,
                faces.Select(found => found.Abstention).FirstOrDefault(abstention => abstention is not null),
                fused.Contributions),
            Text = OfText(
                findings.Text.Windows.GetValueOrDefault(window.Index)?.Posterior, findings.Text.Abstention ?? WordlessWindow, fused.Contributions),
            Contribution = fused.HasChange ? Probability(fused.Change) : null,
            Faces = [.. faces.Where(found => found.Posterior is not null).OrderBy(found => found.FaceId).Select(found =>
                new WindowFace((int)found.FaceId, Prediction(found.Posterior), Probabilities(found.Posterior), Heat(found)))],
        };
    }

    private static IReadOnlyList<FaceMoment> Heat(TrackWindow face) =>
        [.. face.Heat.Select(moment => new FaceMoment(Seconds(moment.Seconds), Probability(moment.Value)))];

    private FusedAnswer Fused(Posterior? posterior, Abstention? abstention, bool uncertain, bool disagree, int? face) => posterior is null
        ? new FusedAnswer { Status = FusedStatus.None, Reason = Reason(abstention) }
        : new FusedAnswer
        {
            Status = uncertain ? FusedStatus.Uncertain : FusedStatus.Certain,
            Reason = findings.Fused.Fallback ? $"fallback: {findings.Fused.FallbackReason} {Product}" : uncertain ? TooUncertain : null,
            Fallback = findings.Fused.Fallback,
            Prediction = Prediction(posterior),
            Posterior = Probabilities(posterior),
            ModalitiesDisagree = disagree,
            Face = face,
        };

    /// <summary>Fusion counts what each modality contributed; one that it does not name had nothing to say, mostly for one reason.</summary>
    private ModalityAnswer OfClip(string modality, Verdict verdict, IEnumerable<Abstention?> abstentions) =>
        findings.Fused.Contributions.FirstOrDefault(one => one.Modality == modality) is { Posterior: not null } contribution
            ? Used(contribution.Posterior, contribution.Change)
            : Unused(verdict, abstentions.OfType<Abstention>()
                .GroupBy(abstention => abstention.Reason)
                .MaxBy(reasons => reasons.Count())?.First());

    /// <summary>
    /// Its own posterior is over the words, wherever they fall; and it has one, without a contribution, where this release's fusion does not know
    /// text.
    /// </summary>
    private ModalityAnswer OfText(Posterior? posterior, Abstention? abstention, IEnumerable<Contribution> contributions) =>
        OfWindow(FusionStage.Text, findings.Text.Verdict, posterior, abstention, contributions) with { Source = findings.Text.Source };

    private static ModalityAnswer OfWindow(
        string modality, Verdict verdict, Posterior? posterior, Abstention? abstention, IEnumerable<Contribution> contributions) =>
        posterior is null
            ? Unused(verdict, abstention)
            : Used(posterior, contributions.FirstOrDefault(one => one.Modality == modality)?.Change);

    private static ModalityAnswer Used(Posterior posterior, float? contribution) => new()
    {
        Status = ModalityStatus.Used,
        Prediction = Prediction(posterior),
        Posterior = Probabilities(posterior),
        CoveredLabels = [.. posterior.CoveredLabels],
        Contribution = contribution is { } change ? Probability(change) : null,
    };

    private static ModalityAnswer Unused(Verdict verdict, Abstention? abstention) => verdict.Status == ModalityStatus.Used
        ? new ModalityAnswer { Status = ModalityStatus.Abstained, Reason = Reason(abstention) }
        : new ModalityAnswer { Status = verdict.Status, Reason = verdict.Reason };

    /// <summary>A word for programs, a colon, a sentence for people: <c>no-face: No face was found between 0.0 s and 4.0 s.</c></summary>
    private static string Reason(Abstention? abstention) => abstention is null
        ? "no-answer: Nothing was said of it."
        : $"{JsonNamingPolicy.KebabCaseLower.ConvertName(abstention.Reason.ToString())}: {abstention.Detail}";

    private static string Prediction(Posterior posterior) =>
        EmotionLabels.Names[posterior.Probabilities.IndexOf(posterior.Probabilities.Max())];

    private static Api.Posterior Probabilities(Posterior posterior)
    {
        var values = posterior.Probabilities;
        return values.Count == EmotionLabels.Count
            ? new Api.Posterior(
                Probability(values[0]), Probability(values[1]), Probability(values[2]), Probability(values[3]),
                Probability(values[4]), Probability(values[5]), Probability(values[6]), Probability(values[7]))
            : throw new InvalidDataException($"A service answered a posterior of {values.Count} values; there are {EmotionLabels.Count} emotions.");
    }

    private static double Probability(float value) => Math.Round(value, 6);

    private static double Share(float value) => Math.Round(value, 5);

    private static double Seconds(double value) => Math.Round(value, 3);
}
