using Emotion.Training.Datasets;
using Emotion.Training.Recipes;
using Emotion.Training.Splits;

namespace Emotion.Training.Tests;

/// <summary>Counts of the corpora that data/README.md states; run where they are.</summary>
[Trait("needs", "corpus")]
public class CorpusTests
{
    private static readonly DataRoot Data = DataRoot.FromEnvironment();

    [Fact]
    public async Task Fer2013_Cleaned_LosesWhatOccursInTheTests()
    {
        var corpus = await Fer2013.ReadAsync(Data, TestContext.Current.CancellationToken);
        var split = FaceSplit.Of(corpus);

        Assert.Equal((28709, 3589, 3589), (corpus.Training.Count, corpus.PublicTest.Count, corpus.PrivateTest.Count));
        var training = corpus.Training.Select(picture => picture.Sha256).ToHashSet();
        Assert.Equal(288, corpus.PrivateTest.Count(picture => training.Contains(picture.Sha256)));
        Assert.Equal(28006, split.Training.Count);
        var parts = new[] { split.Training, split.Selection, split.Calibration, split.Fusion, split.Test }
            .Select(part => part.Select(picture => picture.Sha256).ToHashSet()).ToList();
        Assert.Equal(parts.Sum(part => part.Count), parts.SelectMany(part => part).Distinct().Count());
    }

    [Fact]
    public async Task Ravdess_Read_HasEveryRecordingAndDisjointActors()
    {
        var corpus = await Ravdess.ReadAsync(Data, TestContext.Current.CancellationToken);
        var recipe = RecipeFile.Read<AudioRecipe>("audio");
        var split = SpeechSplit.Of(corpus.Recordings, recipe.Split, Ravdess.TestActors(Data, recipe.Split.TestFold));

        Assert.Equal(1440, corpus.Recordings.Count);
        Assert.Equal(96, corpus.Recordings.Count(recording => recording.Label == 0));
        Assert.All(corpus.Recordings, recording => Assert.InRange(recording.Pcm.Length / 16000.0, 2.9, 5.3));
        Assert.Equal((1080, 120, 0, 240), (split.Training.Count, split.Validation.Count, split.Fusion.Count, split.Test.Count));
    }
}
