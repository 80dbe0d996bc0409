using Emotion.Training.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Emotion.Training.Loop;

/// <summary>Optimizers by the recipe's words.</summary>
public static class Optimizers
{
    public static optim.Optimizer Create(nn.Module module, OptimizerSpec spec) => spec.Kind switch
    {
        "sgd" => optim.SGD(module.parameters(), spec.LearningRate, momentum: spec.Momentum, weight_decay: spec.WeightDecay, nesterov: spec.Momentum > 0),
        "adamw" => optim.AdamW(module.parameters(), spec.LearningRate, beta1: spec.Momentum, weight_decay: spec.WeightDecay),
        _ => throw new ArgumentException($"'{spec.Kind}' is no optimizer: say sgd or adamw."),
    };

    public static void SetLearningRate(optim.Optimizer optimizer, double learningRate)
    {
        foreach (var group in optimizer.ParamGroups)
        {
            group.LearningRate = learningRate;
        }
    }
}
