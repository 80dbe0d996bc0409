using System.Text.Json.Nodes;
using Emotion.Inference.Audio;
using Emotion.Training.Calibration;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>What a served speech model, its posteriors not tempered, says of recordings under one condition.</summary>
/// <param name="Answers">Of each recording; null where it abstained.</param>
public sealed record HeardInNoise(NoiseCondition Condition, IReadOnlyList<int> Labels, IReadOnlyList<HeardPosterior?> Answers)
{
    public IEnumerable<HeardPosterior> Heard => Answers.OfType<HeardPosterior>();

    public static async Task<IReadOnlyList<HeardInNoise>> OfAsync(
        AudioModel model, IReadOnlyList<SpeechRecording> recordings, IReadOnlyList<NoiseCondition> conditions, Action<string> report, CancellationToken cancellationToken)
    {
        var all = new List<HeardInNoise>();
        foreach (var condition in conditions)
        {
            var answers = await ServedAudio.AnswersAsync(
                model, [.. recordings.Select((recording, place) => recording with { Pcm = condition.Apply(recording.Pcm, place) })], cancellationToken);
            all.Add(new HeardInNoise(condition, [.. recordings.Select(recording => recording.Label)], [.. recordings.Zip(answers, Of)]));
            report(FormattableString.Invariant(
                $"{all.Count}/{conditions.Count} {condition}: estimated {all[^1].Estimate(0.5):F1} dB, {all[^1].Judge(null).Scores}"));
        }

        return all;
    }

    /// <param name="temperature">Null for the posteriors as they came.</param>
    public Judged Judge(NoiseTemperature? temperature, bool[]? covered = null) => new(Condition.ToString(), Labels, [.. Answers.Select(answer =>
    {
        if (answer is not { } heard)
        {
            return ServedAudio.OrUniform([]);
        }

        var posterior = heard.Posterior.ToArray();
        temperature?.Temper(posterior, heard.Decibels);
        return posterior;
    })], covered);

    /// <summary>Figures before and after; no confusion matrix: the manifest's own are of clean sound.</summary>
    public JsonObject ToJson(NoiseTemperature temperature, bool[]? covered)
    {
        var (before, after) = (Judge(null, covered).Scores, Judge(temperature, covered).Scores);
        return new JsonObject
        {
            ["condition"] = Condition.ToString(),
            ["n"] = Labels.Count,
            ["abstained"] = Answers.Count(answer => answer is null),
            ["estimatedDecibels"] = new JsonArray([.. new[] { 0.05, 0.5, 0.95 }.Select(share => (JsonNode?)Math.Round(Estimate(share), 1))]),
            ["meanTemperature"] = Math.Round(Heard.Select(heard => temperature.Temperature(heard.Decibels)).DefaultIfEmpty(1).Average(), 3),
            ["uarUntempered"] = Math.Round(before.Uar, 5),
            ["uar"] = Math.Round(after.Uar, 5),
            ["waUntempered"] = Math.Round(before.Wa, 5),
            ["wa"] = Math.Round(after.Wa, 5),
            ["nllUntempered"] = Math.Round(before.Nll, 5),
            ["nll"] = Math.Round(after.Nll, 5),
            ["eceUntempered"] = Math.Round(before.Ece, 5),
            ["ece"] = Math.Round(after.Ece, 5),
        };
    }

    /// <summary>Quantile of the estimated signal-to-noise ratios, in decibels; 0 where all abstained.</summary>
    public double Estimate(double share)
    {
        var sorted = Heard.Select(heard => heard.Decibels).Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[(int)(share * (sorted.Count - 1))];
    }

    private static HeardPosterior? Of(SpeechRecording recording, AudioWindowResult answer) => answer.SignalToNoiseDecibels is { } decibels
        ? new HeardPosterior(recording.Label, answer.Posterior, decibels)
        : null;
}
