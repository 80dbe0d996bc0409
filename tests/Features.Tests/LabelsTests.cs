namespace Emotion.Features.Tests;

public class LabelsTests
{
    [Fact]
    public void Names_AreRavdessInItsOrder() => Assert.Equal(
        EmotionLabels.Names, Enumerable.Range(1, 8).Select(code => EmotionLabels.Names[CorpusLabels.Ravdess.IndexOf($"0{code}")!.Value]));

    [Fact]
    public void IndexOf_EveryName_IsItsPlace()
    {
        Assert.Equal(EmotionLabels.Count, EmotionLabels.Names.Length);
        Assert.All(EmotionLabels.Names, (name, index) => Assert.Equal(index, EmotionLabels.IndexOf(name)));
        Assert.Contains("surprised", Assert.Throws<ArgumentException>(() => EmotionLabels.IndexOf("joy")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("joy", "happy")]
    [InlineData("fear", "fearful")]
    [InlineData("surprise", "surprised")]
    [InlineData("anger", "angry")]
    [InlineData("sadness", "sad")]
    public void Meld_ItsNames_AreOurs(string theirs, string ours) =>
        Assert.Equal(EmotionLabels.IndexOf(ours), CorpusLabels.Meld.IndexOf(theirs));

    [Fact]
    public void CorpusLabels_KnownButNotOurs_IsNullAndUnknownThrows()
    {
        Assert.Null(CorpusLabels.CkPlus.IndexOf("contempt"));
        Assert.Contains("FER2013", Assert.Throws<ArgumentException>(() => CorpusLabels.Fer2013.IndexOf("calm")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Covered_CorporaWithoutCalm_SaySo()
    {
        Assert.Equal(EmotionLabels.Names, CorpusLabels.Ravdess.Covered);
        Assert.Equal(EmotionLabels.Names.Remove("calm"), CorpusLabels.Fer2013.Covered);
        Assert.Equal([true, false, true, true, true, true, true, true], EmotionLabels.Mask(CorpusLabels.GoEmotions.Covered));
        Assert.Equal(["neutral", "happy", "sad", "angry"], CorpusLabels.Urdu.Covered);
    }

    [Fact]
    public void Tess_PleasantSurprise_IsSurprised() =>
        Assert.Equal(EmotionLabels.IndexOf("surprised"), CorpusLabels.Tess.IndexOf("ps"));

    [Fact]
    public void GoEmotions_All28_AreGrouped() => Assert.Equal(28, new[]
    {
        "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire", "disappointment",
        "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
        "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
    }.Count(label => CorpusLabels.GoEmotions.IndexOf(label) is not null));
}
