using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Compat.TorchSharp.Tests;

public sealed class TrainingTests
{
    private static Sequential Network() => Sequential(
        ("conv", Conv2d(1, 4, 3, padding: 1, bias: false)), ("norm", BatchNorm2d(4)), ("relu", ReLU(inplace: true)), ("pool", MaxPool2d(2)),
        ("drop", Dropout(0.1)), ("flat", Flatten()), ("head", Linear(4 * 4 * 4, 2)));

    /// <summary>Pictures of noise with a bright left (class 0) or right half (class 1).</summary>
    private static (Tensor Pictures, Tensor Labels) Batch(int size)
    {
        var labels = rand(size).gt(0.5f).to(int64);
        var pictures = randn(size, 1, 8, 8);
        var side = cat([ones(size, 1, 8, 4), zeros(size, 1, 8, 4)], 3);
        var sign = (1 - 2 * labels).view(-1, 1, 1, 1);
        return (pictures + side * sign, labels);
    }

    private static float Train(Sequential network, optim.Optimizer optimizer, int steps)
    {
        var loss = 0f;
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var (pictures, labels) = Batch(16);
            optimizer.zero_grad();
            var error = functional.cross_entropy(network.call(pictures), labels, label_smoothing: 0.05);
            error.backward();
            utils.clip_grad_norm_(network.parameters(), 5);
            optimizer.step();
            loss = error.ToSingle();
        }

        return loss;
    }

    public static TheoryData<string> OptimizerNames => ["sgd", "adam", "adamw"];

    private static optim.Optimizer Make(string name, IEnumerable<Parameter> parameters) => name switch
    {
        "sgd" => optim.SGD(parameters, 0.05, momentum: 0.9, weight_decay: 1e-4, nesterov: true),
        "adam" => optim.Adam(parameters, 0.01),
        _ => optim.AdamW(parameters, 0.01, weight_decay: 0.01),
    };

    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void Network_TrainedOneHundredSteps_LearnsAndLeavesNoTensor(string name)
    {
        manual_seed(1);
        using var network = Network();
        using var optimizer = Make(name, network.parameters());
        Train(network, optimizer, 3);
        GC.Collect(); // What earlier tests left to the finalizer must not be counted.
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        Train(network, optimizer, 100);
        Assert.Equal(before, Tensor.TotalCount);

        network.eval();
        using var scope = NewDisposeScope();
        using var _ = inference_mode();
        var (pictures, labels) = Batch(500);
        Assert.True(network.call(pictures).argmax(1).eq(labels).to(float32).mean().ToSingle() > 0.95);
    }

    [Fact]
    public void Training_SameSeed_GivesSameWeights()
    {
        float[] Run(long seed)
        {
            manual_seed(seed);
            using var network = Network();
            using var optimizer = Make("sgd", network.parameters());
            Train(network, optimizer, 5);
            return network.parameters().SelectMany(p => p.data<float>()).ToArray();
        }

        var threads = get_num_threads();
        set_num_threads(1);
        Assert.Equal(Run(3), Run(3));
        Assert.NotEqual(Run(3), Run(4));
        set_num_threads(threads);
    }

    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void Training_ResumedFromFiles_EqualsUninterrupted(string name)
    {
        var weights = Path.GetTempFileName();
        var state = Path.GetTempFileName();
        var threads = get_num_threads();
        set_num_threads(1);
        try
        {
            manual_seed(5);
            using var network = Network();
            using var optimizer = Make(name, network.parameters());
            Train(network, optimizer, 4);
            network.save(weights);
            optimizer.save_state_dict(state);
            using var random = get_rng_state();
            Train(network, optimizer, 4);

            using var resumed = Network();
            using var resumedOptimizer = Make(name, resumed.parameters());
            resumed.load(weights);
            resumedOptimizer.load_state_dict(state);
            set_rng_state(random);
            Train(resumed, resumedOptimizer, 4);

            foreach (var (key, value) in network.state_dict())
            {
                Assert.Equal(value.data<float>().ToArray(), resumed.state_dict()[key].data<float>().ToArray());
            }
        }
        finally
        {
            set_num_threads(threads);
            File.Delete(weights);
            File.Delete(state);
        }
    }

    [Fact]
    public void LoadStateDict_OfAnotherNetwork_SaysWhatDoesNotFit()
    {
        using var network = Network();
        using var other = Sequential(("head", Linear(3, 2)));
        var error = Assert.Throws<InvalidOperationException>(() => network.load_state_dict(other.state_dict()));
        Assert.Contains("conv.weight", error.Message, StringComparison.Ordinal);
        var shapes = Assert.Throws<InvalidOperationException>(() => other.load_state_dict(new() { ["head.weight"] = network.state_dict()["head.weight"] }, strict: false));
        Assert.Contains("'head.weight' is [2, 3] here and [2, 64]", shapes.Message, StringComparison.Ordinal);
    }

    /// <summary>One pass per parameter in float32 and several operations in double must do the same arithmetic.</summary>
    [Theory]
    [MemberData(nameof(OptimizerNames))]
    public void OptimizerStep_FusedAndUnfused_Agree(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var start = randn(50_000);
        var gradients = Enumerable.Range(0, 4).Select(_ => randn(50_000)).ToArray();
        float[] Run(ScalarType type)
        {
            using var parameter = Parameter(start.to(type, copy: true));
            using var optimizer = Make(name, [parameter]);
            foreach (var gradient in gradients)
            {
                parameter.grad = gradient.to(type, copy: true);
                optimizer.step();
            }

            return parameter.detach().to(float32).data<float>().ToArray();
        }

        foreach (var (fused, unfused) in Run(float32).Zip(Run(float64), (a, b) => (a, b)))
        {
            Assert.Equal(unfused, fused, 1e-5f);
        }
    }

    [Fact]
    public void SgdStep_WithMomentumAndDecay_FollowsTheFormula()
    {
        using var scope = NewDisposeScope();
        using var parameter = Parameter(tensor(new[] { 1f, -2f }));
        using var optimizer = optim.SGD([parameter], 0.1, momentum: 0.9, weight_decay: 0.01);
        double[] weight = [1, -2], buffer = [0, 0];
        for (var step = 0; step < 3; step++)
        {
            parameter.grad = tensor(new[] { 0.5f, 0.25f * step });
            optimizer.step();
            for (var i = 0; i < 2; i++)
            {
                buffer[i] = (0.9 * buffer[i]) + (i == 0 ? 0.5 : 0.25 * step) + (0.01 * weight[i]);
                weight[i] -= 0.1 * buffer[i];
            }
        }

        Assert.Equal(weight, parameter.data<float>().Select(w => Math.Round((double)w, 6)).ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void AdamFirstStep_MovesByTheLearningRateAgainstTheSign()
    {
        using var scope = NewDisposeScope();
        using var parameter = Parameter(tensor(new[] { 1f, 1f }));
        using var optimizer = optim.AdamW([parameter], 0.1, weight_decay: 0.5);
        parameter.grad = tensor(new[] { 1e-3f, -100f });
        optimizer.step();
        Assert.Equal([0.85f, 1.05f], parameter.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void ParameterGroups_WithOwnSettings_AreSteppedByThem()
    {
        using var scope = NewDisposeScope();
        using var decayed = Parameter(ones(1));
        using var plain = Parameter(ones(1));
        using var optimizer = optim.SGD([new SGD.ParamGroup([decayed], new() { weight_decay = 0.5 }), new SGD.ParamGroup([plain])], 0.1);
        (decayed.grad, plain.grad) = (zeros(1), zeros(1));
        optimizer.step();
        Assert.Equal(0.95f, decayed.item<float>(), 1e-6f);
        Assert.Equal(1f, plain.item<float>());
    }

    [Fact]
    public void ClipGradNorm_AboveTheLimit_ScalesAllTogether()
    {
        using var scope = NewDisposeScope();
        using var a = Parameter(zeros(1));
        using var b = Parameter(zeros(1));
        (a.grad, b.grad) = (tensor(new[] { 3f }), tensor(new[] { 4f }));
        Assert.Equal(5, utils.clip_grad_norm_([a, b], 1), 1e-5);
        Assert.Equal(0.6f, a.grad!.item<float>(), 1e-5f);
        Assert.Equal(0.8f, b.grad!.item<float>(), 1e-5f);
        Assert.Equal(1, utils.clip_grad_norm_([a, b], 10), 1e-5);
        Assert.Equal(0.6f, a.grad!.item<float>(), 1e-5f);
    }
}
