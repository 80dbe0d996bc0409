using System.Text.Json.Serialization;
using Emotion.Features;

namespace Emotion.Inference.Audio;

/// <summary>
/// How far the voice of a window is above its noise, and what that makes of the posterior. Fitted for one classifier
/// (<c>./emotion training calibrate-noise</c>), and so kept with it. The formulas: <see cref="NoiseTemperature"/>.
/// </summary>
public sealed record NoiseSpec
{
    /// <summary>The algorithm of <see cref="NoiseTemperature"/> that this spec was written for.</summary>
    public required int Revision { get; init; }

    /// <summary>Quieter analysis frames do not count: digital silence around or within a recording says nothing about its noise. Relative to full scale.</summary>
    public required double SilenceDecibels { get; init; }

    /// <summary>Of the levels that count, 0 to 100: at this one there is noise alone,</summary>
    public required double LowPercentile { get; init; }

    /// <summary>and at this one voice and noise.</summary>
    public required double HighPercentile { get; init; }

    /// <summary>Rising in decibels, not rising in temperature. Linear between them, constant beyond the first and the last.</summary>
    public required IReadOnlyList<NoiseKnot> Knots { get; init; }

    /// <summary>More than any posterior asks for; its exponential is far from what floats hold.</summary>
    private const double LargestOffset = 20;

    /// <exception cref="ArgumentException">It is of another revision, or contradicts itself.</exception>
    public NoiseSpec Validated()
    {
        Require(Revision == NoiseTemperature.Revision, $"revision is {NoiseTemperature.Revision}, not {Revision}");
        Require(double.IsFinite(SilenceDecibels), "silenceDecibels is finite");
        Require(LowPercentile >= 0 && LowPercentile < HighPercentile && HighPercentile <= 100, "0 <= lowPercentile < highPercentile <= 100");
        Require(Knots.Count > 0, "there is a knot");
        Require(Knots.All(knot => double.IsFinite(knot.Decibels) && double.IsFinite(knot.Temperature) && knot.Temperature >= 1),
            "decibels are finite, temperatures finite and at least 1: noise makes nobody surer");
        var steps = Knots.Zip(Knots.Skip(1)).ToList();
        Require(steps.TrueForAll(step => step.First.Decibels < step.Second.Decibels), "knots rise in decibels");
        Require(steps.TrueForAll(step => step.First.Temperature >= step.Second.Temperature), "temperatures do not rise with decibels");
        Require(Knots.All(knot => knot.Offsets is null) || Knots.All(knot => knot.Offsets?.Count == EmotionLabels.Count && knot.Offsets.All(offset => Math.Abs(offset) <= LargestOffset)),
            $"each knot has {EmotionLabels.Count} offsets between -{LargestOffset} and {LargestOffset}, or none of them has any");
        return this;
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new ArgumentException($"This noise spec cannot be used; it must hold that {what}.");
        }
    }
}

/// <summary>What is done to a posterior at that signal-to-noise ratio.</summary>
public readonly record struct NoiseKnot
{
    public required double Decibels { get; init; }

    /// <summary>The posterior is taken to the power of 1 / temperature: above 1 it is less sure.</summary>
    public required double Temperature { get; init; }

    /// <summary>
    /// <c>[labels]</c>, added to the logarithm of the posterior: less than 0 for a label that noise itself is taken for. Null where there is none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Offsets { get; init; }
}
