namespace Emotion.Training.Loop;

/// <summary>Where a training is: <c>progress.json</c>, written anew every second or so.</summary>
/// <param name="At">When this was so.</param>
/// <param name="Epoch">That is being trained, from 1.</param>
/// <param name="Fraction">Of the whole training, 0 to 1.</param>
/// <param name="Loss">Mean over the epoch so far.</param>
/// <param name="SecondsLeft">By the speed of this epoch; 0 where it has only begun.</param>
public sealed record RunProgress(
    DateTimeOffset At, int Epoch, int Epochs, double Fraction, double ExamplesPerSecond, double Loss, double SecondsLeft)
{
    public const string FileName = "progress.json";
}
