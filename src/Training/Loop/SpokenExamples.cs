using Emotion.Features;
using Emotion.Training.Datasets;
using Emotion.Training.Recipes;

namespace Emotion.Training.Loop;

/// <summary>What the encoder heard of labelled recordings, of a copy drawn anew each time, as <see cref="FeatureExamples"/>.</summary>
public static class SpokenExamples
{
    public static FeatureExamples Of(IReadOnlyList<SpeechRecording> recordings, EncoderFeatures features, TrainingSpec spec) => new(
        [.. recordings.Select(recording => new FeatureExample(recording.Label, features.Versions(recording.Name)))],
        spec, EmotionLabels.Mask(CorpusLabels.Ravdess.Covered));

    /// <summary>The recordings unchanged, in order.</summary>
    public static Batch Plain(IReadOnlyList<SpeechRecording> recordings, EncoderFeatures features) =>
        FeatureExamples.Plain([.. recordings.Select(recording => features.Versions(recording.Name)[0])]);
}
