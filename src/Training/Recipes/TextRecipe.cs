namespace Emotion.Training.Recipes;

/// <summary>The network that tells emotions by words, and its vocabulary.</summary>
public sealed record TextRecipe
{
    /// <summary>Corpora whose training parts are learned from: <c>goemotions</c>, <c>meld</c>.</summary>
    public required IReadOnlyList<string> Corpora { get; init; }

    /// <summary>How often an epoch shows the texts of a corpus that would drown among those of another; once where it is not named.</summary>
    public required IReadOnlyDictionary<string, int> Repeats { get; init; }

    /// <summary>Of the vocabulary, which is made of the training parts.</summary>
    public required int Pieces { get; init; }

    /// <summary>Words that are seen less often do not shape it.</summary>
    public required int RarestWord { get; init; }

    /// <summary>The npm package of word vectors that training starts from; empty for none.</summary>
    public required string Vectors { get; init; }

    /// <summary>Of pieces and words with such a vector together.</summary>
    public required int Words { get; init; }

    /// <summary>Of a text; what is behind is not read.</summary>
    public required int MaximumPieces { get; init; }

    /// <summary>Of a piece's own vector, which is learned, beside the one that is given.</summary>
    public required int Width { get; init; }

    /// <summary>LSTMs that learn apart and are heard together; 0 for none.</summary>
    public required int Readers { get; init; }

    /// <summary>Of an LSTM's state, of each direction.</summary>
    public required int Recurrent { get; init; }

    public required int Embedding { get; init; }

    /// <summary>Of the vectors of the bag of pieces and pairs of pieces; 0 for no bag.</summary>
    public required int BagWidth { get; init; }

    /// <summary>So many vectors are shared by all pairs of pieces.</summary>
    public required int Pairs { get; init; }

    public required double Dropout { get; init; }

    /// <summary>Probability with which a piece is shown as unknown, when training.</summary>
    public required double PieceDropout { get; init; }

    /// <summary>Of the loss of the one label against that of each label by itself.</summary>
    public required double OneWeight { get; init; }

    /// <summary>Of the loss of GoEmotions' own 28 labels, which teach more than their seven groups and are told by nobody.</summary>
    public required double FineWeight { get; init; }

    public required TrainingSpec Training { get; init; }
}
