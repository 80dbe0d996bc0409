using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim;

namespace Emotion.Compat.TorchSharp.Tests;

public sealed class SchedulerTests
{
    private static double[] Rates(Func<Optimizer, lr_scheduler.LRScheduler> make, int steps, double start = 0.1)
    {
        using var parameter = Parameter(zeros(1));
        using var optimizer = SGD([parameter], start, momentum: 0.9);
        var scheduler = make(optimizer);
        var rates = new List<double>();
        for (var i = 0; i < steps; i++)
        {
            Assert.Equal(optimizer.ParamGroups[0].LearningRate, scheduler.get_last_lr().Single());
            rates.Add(optimizer.ParamGroups[0].LearningRate);
            if (i < steps - 1)
            {
                scheduler.step();
            }
        }

        return [.. rates];
    }

    private static void AssertNear(double[] expected, double[] actual) =>
        Assert.Equal(expected, actual, (a, b) => Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Abs(a)));

    [Fact]
    public void StepLR_EverySizeSteps_MultipliesByGamma() =>
        AssertNear([0.1, 0.1, 0.01, 0.01, 0.001], Rates(o => lr_scheduler.StepLR(o, 2, 0.1), 5));

    [Fact]
    public void LambdaLR_EachStep_IsInitialTimesFactor() =>
        AssertNear([0.1, 0.05, 0.1 / 3], Rates(o => lr_scheduler.LambdaLR(o, epoch => 1.0 / (epoch + 1)), 3));

    [Fact]
    public void CosineAnnealingLR_AtTheQuarters_HasTheCosinesValues()
    {
        var quarter = (1 + Math.Sqrt(0.5)) / 2;
        AssertNear([0.1, 0.02 + (0.08 * quarter), 0.06, 0.02 + (0.08 * (1 - quarter)), 0.02], Rates(o => lr_scheduler.CosineAnnealingLR(o, 4, 0.02), 5));
    }

    [Fact]
    public void OneCycleLR_OverTheCycle_RisesFromFirstToMaxAndFallsToLast()
    {
        var rates = Rates(o => lr_scheduler.OneCycleLR(o, 1.0, total_steps: 11, pct_start: 4 / 11.0), 11);
        AssertNear([0.04, 0.04 + (0.96 * 0.25), 0.04 + (0.96 * 0.75), 1], rates[..4]);
        Assert.Equal(0.04 / 1e4, rates[^1], 1e-12);
        var share = (1 + Math.Cos(Math.PI * 3 / 7)) / 2;
        Assert.Equal(4e-6 + ((1 - 4e-6) * share), rates[6], 1e-9);
    }

    [Fact]
    public void OneCycleLR_MovesMomentumTheOtherWay()
    {
        using var parameter = Parameter(zeros(1));
        using var optimizer = SGD([parameter], 0.1, momentum: 0.9);
        var scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, epochs: 2, steps_per_epoch: 5, pct_start: 0.3);
        var options = ((SGD.ParamGroup)optimizer.ParamGroups[0]).Options;
        Assert.Equal(0.95, options.momentum!.Value, 1e-12);
        scheduler.step();
        scheduler.step();
        Assert.Equal(0.85, options.momentum!.Value, 1e-12);
    }

    [Fact]
    public void OneCycleLR_BeyondItsSteps_Refuses() =>
        Assert.Throws<InvalidOperationException>(() => Rates(o => lr_scheduler.OneCycleLR(o, 1.0, total_steps: 3), 4));

    [Fact]
    public void Scheduler_StartedInTheMiddle_GoesOnWhereItWas() =>
        AssertNear(Rates(o => lr_scheduler.OneCycleLR(o, 1.0, total_steps: 10), 10)[4..],
            Rates(o => lr_scheduler.OneCycleLR(o, 1.0, total_steps: 10, last_epoch: 3), 6));
}
