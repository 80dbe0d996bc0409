using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Studies.Paired;

/// <summary>The three inputs of fusion on the paired corpus, by the names that rows and folders have.</summary>
public static class PairedModalities
{
    public const string Speech = "mfcc-resnet18", Encoder = "encoder", ActionUnits = "action-units", FaceVideo = "resnet34-lstm";

    /// <summary>In the order of fusion's inputs.</summary>
    /// <exception cref="ArgumentException">The study's face is none that there is.</exception>
    public static IReadOnlyList<string> Of(PairedStudySpec study) => study.Face is ActionUnits or FaceVideo
        ? [Speech, Encoder, study.Face]
        : throw new ArgumentException($"'{study.Face}' is no face: say {ActionUnits} or {FaceVideo}.");
}
