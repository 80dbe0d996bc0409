using Emotion.Features.Mfcc;
using Emotion.Training.Datasets;

namespace Emotion.Training.Evaluation;

/// <summary>A kind of noise at one signal-to-noise ratio, or none.</summary>
/// <param name="Name"><c>clean</c>, <c>inside speech</c>, <c>white</c>, <c>speech-shaped</c> or <c>pink</c>.</param>
/// <param name="Decibels">Null where no noise is added.</param>
/// <param name="Apply">A recording, and its place among all, which seeds its noise, to what is heard.</param>
public sealed record NoiseCondition(string Name, double? Decibels, Func<short[], int, short[]> Apply)
{
    public const string Clean = "clean", InsideSpeech = "inside speech", White = "white", SpeechShaped = "speech-shaped", Pink = "pink";

    private const double InsideSeconds = 1.5;

    /// <summary>Neither that of the robustness tables nor that of fusion's noise: those are for judging.</summary>
    private const int Seed = 715_517;

    public override string ToString() => Decibels is { } decibels ? FormattableString.Invariant($"{Name} noise, {decibels} dB") : Name;

    /// <summary>The recording as it is, 1.5 s of it that begin and end in speech, and every noise at every ratio.</summary>
    /// <param name="recordings">Speech-shaped noise has their long-term spectrum.</param>
    /// <param name="mfcc">Tells where in a recording speech is.</param>
    /// <param name="noises">Of the names above.</param>
    /// <param name="decibels">Signal-to-noise ratios.</param>
    public static IReadOnlyList<NoiseCondition> Of(
        IReadOnlyList<SpeechRecording> recordings, MfccSpec mfcc, IReadOnlyList<string> noises, IReadOnlyList<double> decibels)
    {
        var frontEnd = new MfccFrontEnd(mfcc);
        return
        [
            new NoiseCondition(Clean, null, (pcm, _) => pcm),
            new NoiseCondition(InsideSpeech, null, (pcm, _) => Inside(pcm, frontEnd)),
            .. noises.SelectMany((name, kind) =>
            {
                var shape = name switch
                {
                    White => null,
                    SpeechShaped => RobustnessSounds.SpeechShape(recordings.Select(recording => recording.Pcm)),
                    Pink => RobustnessSounds.PinkShape(),
                    _ => throw new ArgumentException($"'{name}' is no noise."),
                };
                return decibels.Select((ratio, level) => new NoiseCondition(name, ratio, (pcm, place) => RobustnessSounds.WithNoise(
                    pcm, Noise(shape, pcm.Length, Seed + (kind * decibels.Count + level) * recordings.Count + place), ratio)));
            }),
        ];
    }

    private static float[] Noise(float[]? shape, int samples, int seed) => shape is null
        ? RobustnessSounds.WhiteNoise(samples, seed)
        : RobustnessSounds.Filtered(RobustnessSounds.WhiteNoise(samples + shape.Length, seed), shape)[shape.Length..];

    private static short[] Inside(short[] pcm, MfccFrontEnd frontEnd)
    {
        var speech = frontEnd.Speech<short>(pcm, frontEnd.WriteWindow(pcm, new float[frontEnd.FeatureCount]));
        var samples = Math.Min(speech.Length, (int)(InsideSeconds * frontEnd.Spec.SampleRate));
        return speech.Slice((speech.Length - samples) / 2, samples).ToArray();
    }
}
