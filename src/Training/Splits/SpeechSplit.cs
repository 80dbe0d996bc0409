using Emotion.Training.Datasets;

namespace Emotion.Training.Splits;

/// <summary>Which actors go where; part of the recipe, so that it can be checked of every shipped model.</summary>
/// <param name="TestFold">Its actors are for the final evaluation alone.</param>
/// <param name="ValidationActors">Fit the temperature and the thresholds, and choose the epoch where a recipe has no averaging.</param>
/// <param name="FusionActors">Never seen by the speech network: fusion is trained on them.</param>
/// <param name="ExcludedActors">In no part at all, the test's included: the actor of the demo clip.</param>
public sealed record SpeechSplitSpec(
    int TestFold, IReadOnlyList<int> ValidationActors, IReadOnlyList<int> FusionActors, IReadOnlyList<int> ExcludedActors)
{
    public const int Folds = 6;

    /// <summary>Which recordings of those actors: see <see cref="SplitProtocol"/>.</summary>
    public string Protocol { get; init; } = SplitProtocol.Actors;

    /// <summary>Labels of training and validation are shuffled within each actor: what is left to learn is nothing.</summary>
    public bool ShuffledLabels { get; init; }

    /// <summary>
    /// A woman and a man for each fold, none of its test part: everybody else trains. The man of fold 1, whose network is shipped, is actor
    /// 19, the one of the demo clip: that network never trains on him.
    /// </summary>
    private static readonly int[][] ValidationPairs = [[8, 19], [24, 3], [2, 15], [6, 13], [20, 1], [10, 5]];

    /// <summary>EmoBox's fold, 1 to 6, as test, its pair as validation; the other 18 actors train.</summary>
    public static SpeechSplitSpec OfFold(int fold) => new(fold, ValidationPairs[fold - 1], [], []);
}

/// <summary>How recordings are divided once the actors are.</summary>
public static class SplitProtocol
{
    /// <summary>By actor alone.</summary>
    public const string Actors = "actors";

    /// <summary>By actor, and training and validation hear one sentence, the test the other.</summary>
    public const string Sentence = "sentence";

    /// <summary>LEAKS: recordings are drawn at random, whoever speaks. Only to show what such figures are worth.</summary>
    public const string Random = "random";
}

/// <summary>RAVDESS by actor: no actor is in two parts.</summary>
public sealed record SpeechSplit(
    IReadOnlyList<SpeechRecording> Training,
    IReadOnlyList<SpeechRecording> Validation,
    IReadOnlyList<SpeechRecording> Fusion,
    IReadOnlyList<SpeechRecording> Test)
{
    private const int ProtocolSeed = 20261122;

    public static SpeechSplit Of(IReadOnlyList<SpeechRecording> recordings, SpeechSplitSpec spec, IReadOnlyList<int> testActors)
    {
        var held = testActors.Concat(spec.ValidationActors).Concat(spec.FusionActors).Concat(spec.ExcludedActors).ToList();
        if (held.Distinct().Count() != held.Count)
        {
            throw new ArgumentException($"The split puts an actor into two parts: {string.Join(", ", held)}.");
        }

        var byActor = new SpeechSplit(
            [.. recordings.Where(recording => !held.Contains(recording.Subject))],
            Part(recordings, spec.ValidationActors),
            Part(recordings, spec.FusionActors),
            Part(recordings, testActors));
        var split = spec.Protocol switch
        {
            SplitProtocol.Actors => byActor,
            SplitProtocol.Sentence => byActor.SentenceHeldOut(),
            SplitProtocol.Random => byActor.Redrawn(recordings),
            _ => throw new ArgumentException($"'{spec.Protocol}' is no protocol: say actors, sentence or random."),
        };
        return spec.ShuffledLabels
            ? split with { Training = Shuffled(split.Training), Validation = Shuffled(split.Validation) }
            : split;
    }

    private SpeechSplit SentenceHeldOut()
    {
        static SpeechRecording[] Saying(IReadOnlyList<SpeechRecording> part, string statement) =>
            [.. part.Where(recording => recording.Name.Split('-')[4] == statement)];
        return new SpeechSplit(Saying(Training, "01"), Saying(Validation, "01"), Saying(Fusion, "01"), Saying(Test, "02"));
    }

    // Parts as large as those by actor, filled from everybody.
    private SpeechSplit Redrawn(IReadOnlyList<SpeechRecording> recordings)
    {
        var drawn = recordings.ToArray();
        new Random(ProtocolSeed).Shuffle(drawn);
        var validationEnd = Test.Count + Validation.Count;
        return new SpeechSplit(drawn[validationEnd..], drawn[Test.Count..validationEnd], [], drawn[..Test.Count]);
    }

    private static SpeechRecording[] Shuffled(IReadOnlyList<SpeechRecording> part)
    {
        var random = new Random(ProtocolSeed);
        return [.. part.GroupBy(recording => recording.Subject).SelectMany(actor =>
        {
            var labels = actor.Select(recording => recording.Label).ToArray();
            random.Shuffle(labels);
            return actor.Zip(labels, (recording, label) => recording with { Label = label });
        })];
    }

    public static string Describe(SpeechSplitSpec spec, IReadOnlyList<int> testActors) => spec.Protocol == SplitProtocol.Random
        ? "LEAKING: recordings drawn at random, the same actors in every part"
        : (spec.ShuffledLabels ? "labels of training and validation shuffled within each actor; " : "")
        + (spec.Protocol == SplitProtocol.Sentence ? "training and validation hear sentence 01, the test sentence 02; " : "")
        + $"by actor: test fold {spec.TestFold} ({Names(testActors)}); validation {Names(spec.ValidationActors)}; " +
        $"fusion {Names(spec.FusionActors)}; left out {Names(spec.ExcludedActors)}; all others train";

    private static string Names(IEnumerable<int> actors) => string.Join(" ", actors.Select(actor => $"{actor:00}"));

    private static SpeechRecording[] Part(IReadOnlyList<SpeechRecording> recordings, IReadOnlyList<int> actors) =>
        [.. recordings.Where(recording => actors.Contains(recording.Subject))];
}
