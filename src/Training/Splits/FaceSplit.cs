using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Splits;

/// <summary>
/// FER2013 as every shipped face model keeps it. Training pictures whose bytes occur in PublicTest or PrivateTest leave training;
/// PublicTest pictures whose bytes occur in PrivateTest leave PublicTest, which is divided by content into selection (half),
/// calibration and fusion (a quarter each). PrivateTest is for the final evaluation alone. FER2013 names no subjects, so one person may
/// be in several parts; by content no picture is.
/// </summary>
public sealed record FaceSplit(
    IReadOnlyList<FacePicture> Training,
    IReadOnlyList<FacePicture> Selection,
    IReadOnlyList<FacePicture> Calibration,
    IReadOnlyList<FacePicture> Fusion,
    IReadOnlyList<FacePicture> Test,
    IReadOnlySet<string> TestDuplicates)
{
    public const string Description =
        "original split; training without bytes of PublicTest or PrivateTest; PublicTest (without bytes of PrivateTest) by content hash " +
        "into selection 1/2, calibration 1/4, fusion 1/4; PrivateTest for the final evaluation only; subjects unknown";

    /// <summary>Answers on the test part, less those on pictures that occur more than once in FER2013.</summary>
    public Judged WithoutDuplicates(Judged whole)
    {
        var unique = Enumerable.Range(0, Test.Count).Where(i => !TestDuplicates.Contains(Test[i].Sha256)).ToList();
        return new Judged(
            whole.Set + ", without pictures that occur more than once in FER2013",
            [.. unique.Select(i => whole.Labels[i])], [.. unique.Select(i => whole.Posteriors[i])], whole.Covered);
    }

    public static FaceSplit Of(Fer2013 corpus)
    {
        var publicBytes = corpus.PublicTest.Select(picture => picture.Sha256).ToHashSet();
        var privateBytes = corpus.PrivateTest.Select(picture => picture.Sha256).ToHashSet();
        var training = corpus.Training.Where(p => !publicBytes.Contains(p.Sha256) && !privateBytes.Contains(p.Sha256)).ToList();
        var parts = corpus.PublicTest
            .Where(picture => !privateBytes.Contains(picture.Sha256))
            .ToLookup(picture => Convert.ToInt32(picture.Sha256[..2], 16) & 3);

        var elsewhere = corpus.Training.Concat(corpus.PublicTest).Select(picture => picture.Sha256).ToHashSet();
        var repeated = corpus.PrivateTest.GroupBy(picture => picture.Sha256)
            .Where(group => group.Count() > 1 || elsewhere.Contains(group.Key))
            .Select(group => group.Key).ToHashSet();
        return new FaceSplit(training, [.. parts[0], .. parts[1]], [.. parts[2]], [.. parts[3]], corpus.PrivateTest, repeated);
    }
}
