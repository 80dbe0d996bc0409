namespace Emotion.Training.Recipes;

/// <summary>The network that tells emotions by words, and its vocabulary.</summary>
public sealed record TextRecipe
{
    /// <summary>Corpora whose training parts are learned from: <c>goemotions</c>, <c>meld</c>.</summary>
    public required IReadOnlyList<string> Corpora { get; init; }

    /// <summary>Of the vocabulary, which is made of the training parts.</summary>
    public required int Pieces { get; init; }

    /// <summary>Words that are seen less often do not shape it.</summary>
    public required int RarestWord { get; init; }

    /// <summary>Of a text; what is behind is not read.</summary>
    public required int MaximumPieces { get; init; }

    public required int Width { get; init; }
    public required int Recurrent { get; init; }
    public required int Embedding { get; init; }
    public required double Dropout { get; init; }

    /// <summary>Probability with which a piece is shown as unknown, when training.</summary>
    public required double PieceDropout { get; init; }

    /// <summary>Of the loss of the one label against that of each label by itself.</summary>
    public required double OneWeight { get; init; }

    public required TrainingSpec Training { get; init; }
}
