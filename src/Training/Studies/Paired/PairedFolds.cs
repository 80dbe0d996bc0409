using Emotion.Training.Splits;

namespace Emotion.Training.Studies.Paired;

/// <summary>
/// Who is in which part of an outer fold. Folds go in pairs: 1 and 2, 3 and 4, 5 and 6. The speech network of a pair learns from the actors of the
/// other four folds, and its feature maps serve both: one fold tests, the other's actors, whom it never saw, train and calibrate fusion; then the other way round.
/// </summary>
public static class PairedFolds
{
    /// <summary>The fold whose actors train and calibrate fusion when this one tests.</summary>
    public static int Held(int test) => test % 2 == 1 ? test + 1 : test - 1;

    public static IEnumerable<int> Others(int test) => Enumerable.Range(1, SpeechSplitSpec.Folds).Where(fold => fold != test);

    /// <summary>A network's name says whom it never saw: <c>without-1-2</c>.</summary>
    public static string Name(IEnumerable<int> without) => "without-" + string.Join('-', without.Distinct().Order());
}
