using Emotion.Features;

namespace Emotion.Training.Recipes;

/// <summary>The sequence network of a published video version, gone on with on the faces of a corpus of one's own.</summary>
public sealed record OwnSequenceRecipe
{
    /// <summary>The video version. Its detector and its frame network stay as they are.</summary>
    public required string Init { get; init; }

    public required OwnFacesSpec Own { get; init; }

    /// <summary>Of the frames' and of the sequence's embedding, when training.</summary>
    public required double Dropout { get; init; }

    public required TrainingSpec Training { get; init; }
}

public sealed record OwnFacesSpec
{
    /// <summary>How clips are cut, as the release that is to serve cuts them.</summary>
    public required ClipWindowSpec Windows { get; init; }
}
