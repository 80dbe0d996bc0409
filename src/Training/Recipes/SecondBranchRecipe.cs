using Emotion.Inference.Audio;

namespace Emotion.Training.Recipes;

/// <summary>The second branch of the speech recognizer: what a frozen speech encoder hears, beside a trained network of MFCC.</summary>
public sealed record SecondBranchRecipe
{
    /// <summary>The encoder's layers that are pooled; see <see cref="Onnx.EncoderGraph"/>.</summary>
    public required IReadOnlyList<int> Layers { get; init; }
    public required SpeechEncoderSpec Encoder { get; init; }

    /// <summary>Width of what the branch makes of them.</summary>
    public required int Hidden { get; init; }

    /// <summary>Of what the encoder heard, and of what the branch makes of it, when training.</summary>
    public required double InputDropout { get; init; }
    public required double Dropout { get; init; }

    /// <summary>
    /// Changed copies of each recording that the branch learns from beside it: the changes of sound (speed, level, noise) of the network's
    /// own recipe, drawn once per copy, since encoding costs more than the branch itself.
    /// </summary>
    public required int Copies { get; init; }
    public required TrainingSpec Training { get; init; }
}
