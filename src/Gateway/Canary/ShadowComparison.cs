using Emotion.Gateway.Api;

namespace Emotion.Gateway.Canary;

/// <summary>Two answers for one clip.</summary>
/// <param name="Agrees">Both have the same prediction, or none.</param>
/// <param name="Divergence">
/// Jensen-Shannon divergence of the posteriors to base 2: 0 for equal ones, 1 for ones that have nothing in common; 1 where one side alone
/// has an answer, 0 where neither has.
/// </param>
public sealed record ShadowComparison(bool Agrees, double Divergence)
{
    public static ShadowComparison Of(FusedAnswer? stable, FusedAnswer? shadow) => new(
        stable?.Prediction == shadow?.Prediction,
        (stable?.Posterior, shadow?.Posterior) switch
        {
            ({ } one, { } other) => JensenShannon(Probabilities(one), Probabilities(other)),
            (null, null) => 0,
            _ => 1,
        });

    private static double JensenShannon(double[] one, double[] other) =>
        one.Zip(other, (p, q) => (Part(p, (p + q) / 2) + Part(q, (p + q) / 2)) / 2).Sum();

    private static double Part(double p, double middle) => p > 0 ? p * Math.Log2(p / middle) : 0;

    private static double[] Probabilities(Posterior posterior) =>
    [
        posterior.Neutral, posterior.Calm, posterior.Happy, posterior.Sad, posterior.Angry, posterior.Fearful, posterior.Disgust, posterior.Surprised,
    ];
}
