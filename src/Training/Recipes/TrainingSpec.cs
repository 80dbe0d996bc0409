namespace Emotion.Training.Recipes;

/// <summary>How weights are fitted; the same numbers for every network. No default values: a recipe says all of them.</summary>
public sealed record TrainingSpec
{
    public required int Seed { get; init; }
    public required int Epochs { get; init; }
    public required int BatchSize { get; init; }
    public required OptimizerSpec Optimizer { get; init; }

    /// <summary>Probability that is taken from the true label and spread over the labels that the corpus covers.</summary>
    public required double LabelSmoothing { get; init; }

    /// <summary>Alpha of the Beta distribution that pairs of examples are mixed by (Zhang et al. 2018); 0 for none.</summary>
    public required double Mixup { get; init; }

    /// <summary>
    /// Decay per step of the moving average of the weights, which then is the network, as it is after the last epoch: no epoch is chosen.
    /// 0 for none: the network is that of the epoch that the selection part liked best.
    /// </summary>
    public double Averaging { get; init; }

    /// <summary>With an average: it is that of the epoch that the selection part liked best, not that of the last.</summary>
    public bool ChooseEpoch { get; init; }

    /// <summary>float32, or bfloat16 for the convolutions; weights and their updates stay float32.</summary>
    public required string Precision { get; init; }
}

/// <summary>The learning rate rises linearly over the warm-up and falls along a cosine to its final fraction.</summary>
public sealed record OptimizerSpec
{
    /// <summary><c>sgd</c> (with Nesterov momentum) or <c>adamw</c>.</summary>
    public required string Kind { get; init; }
    public required double LearningRate { get; init; }
    public required double Momentum { get; init; }
    public required double WeightDecay { get; init; }
    public required double WarmupFraction { get; init; }
    public required double FinalFraction { get; init; }

    /// <summary>Gradients of a larger norm are shortened to it.</summary>
    public required double MaximumGradientNorm { get; init; }

    /// <param name="progress">Of the whole training, 0 to 1.</param>
    public double LearningRateAt(double progress) => progress < WarmupFraction
        ? LearningRate * Math.Max(progress, 1e-3 * WarmupFraction) / WarmupFraction
        : LearningRate * (FinalFraction + (1 - FinalFraction) * 0.5 * (1 + Math.Cos(Math.PI * (progress - WarmupFraction) / (1 - WarmupFraction))));
}
