namespace Emotion.Training.Datasets;

/// <summary>A labelled gray picture of a face.</summary>
/// <param name="Name">Path inside its corpus.</param>
/// <param name="Label">Index into <see cref="Features.EmotionLabels.Names"/>.</param>
/// <param name="Sha256">Of the file as it came, so that duplicates are found by it.</param>
/// <param name="Gray"><c>[Side, Side]</c>, rows from the top.</param>
public sealed record FacePicture(string Name, int Label, string Sha256, byte[] Gray)
{
    /// <summary>FER2013's and CK+48's pictures are square, 48 pixels a side.</summary>
    public const int Side = 48;
}
