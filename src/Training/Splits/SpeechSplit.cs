using Emotion.Training.Datasets;

namespace Emotion.Training.Splits;

/// <summary>Which actors go where; part of the recipe, so that it can be checked of every shipped model.</summary>
/// <param name="TestFold">Its actors are for the final evaluation alone.</param>
/// <param name="ValidationActors">Choose the epoch, the temperature and the thresholds.</param>
/// <param name="FusionActors">Never seen by the speech network: fusion is trained on them.</param>
/// <param name="ExcludedActors">In no part at all, the test's included: the actor of the demo clip.</param>
public sealed record SpeechSplitSpec(
    int TestFold, IReadOnlyList<int> ValidationActors, IReadOnlyList<int> FusionActors, IReadOnlyList<int> ExcludedActors);

/// <summary>RAVDESS by actor: no actor is in two parts.</summary>
public sealed record SpeechSplit(
    IReadOnlyList<SpeechRecording> Training,
    IReadOnlyList<SpeechRecording> Validation,
    IReadOnlyList<SpeechRecording> Fusion,
    IReadOnlyList<SpeechRecording> Test)
{
    public static SpeechSplit Of(IReadOnlyList<SpeechRecording> recordings, SpeechSplitSpec spec, IReadOnlyList<int> testActors)
    {
        var held = testActors.Concat(spec.ValidationActors).Concat(spec.FusionActors).Concat(spec.ExcludedActors).ToList();
        if (held.Distinct().Count() != held.Count)
        {
            throw new ArgumentException($"The split puts an actor into two parts: {string.Join(", ", held)}.");
        }

        return new SpeechSplit(
            [.. recordings.Where(recording => !held.Contains(recording.Subject))],
            Part(recordings, spec.ValidationActors),
            Part(recordings, spec.FusionActors),
            Part(recordings, testActors));
    }

    public static string Describe(SpeechSplitSpec spec, IReadOnlyList<int> testActors) =>
        $"by actor: test fold {spec.TestFold} ({Names(testActors)}); validation {Names(spec.ValidationActors)}; " +
        $"fusion {Names(spec.FusionActors)}; left out {Names(spec.ExcludedActors)}; all others train";

    private static string Names(IEnumerable<int> actors) => string.Join(" ", actors.Select(actor => $"{actor:00}"));

    private static SpeechRecording[] Part(IReadOnlyList<SpeechRecording> recordings, IReadOnlyList<int> actors) =>
        [.. recordings.Where(recording => actors.Contains(recording.Subject))];
}
