using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Emotion.Compat.TorchSharp.Tests;

/// <summary>The gradient of every operation against central differences, in double precision.</summary>
public sealed class GradientTests
{
    private const double Step = 1e-5;
    private const double Tolerance = 1e-6;

    private static readonly Dictionary<string, (long[][] Shapes, Func<Tensor[], Tensor> Call)> Operations = new()
    {
        ["add"] = ([[2, 3], [3]], x => x[0] + x[1]),
        ["add scalar"] = ([[2, 3]], x => 2 + x[0] + 0.5),
        ["sub"] = ([[2, 3], [2, 1]], x => x[0] - x[1]),
        ["scalar sub"] = ([[2, 3]], x => 1 - x[0] - 0.25),
        ["mul"] = ([[2, 3], [2, 3]], x => x[0] * x[1]),
        ["mul scalar"] = ([[2, 3]], x => 3 * x[0] * 0.5),
        ["div"] = ([[2, 3], [2, 3]], x => x[0] / (x[1].square() + 1)),
        ["div scalar"] = ([[2, 3]], x => x[0] / 4),
        ["neg"] = ([[4]], x => -x[0]),
        ["pow"] = ([[4]], x => x[0].pow(3)),
        ["abs"] = ([[4]], x => x[0].abs()),
        ["exp"] = ([[4]], x => x[0].exp()),
        ["log"] = ([[4]], x => (x[0].square() + 1).log()),
        ["sqrt"] = ([[4]], x => (x[0].square() + 1).sqrt()),
        ["rsqrt"] = ([[4]], x => (x[0].square() + 1).rsqrt()),
        ["sin cos"] = ([[4]], x => x[0].sin() * x[0].cos()),
        ["tanh"] = ([[4]], x => x[0].tanh()),
        ["sigmoid"] = ([[4]], x => x[0].sigmoid()),
        ["relu"] = ([[8]], x => x[0].relu()),
        ["relu in place"] = ([[8]], x => functional.relu(x[0] * 1.0, inplace: true)),
        ["leaky relu"] = ([[8]], x => functional.leaky_relu(x[0], 0.1)),
        ["gelu"] = ([[8]], x => functional.gelu(x[0])),
        ["maximum minimum"] = ([[4], [4]], x => x[0].maximum(x[1]) - 2 * x[0].minimum(x[1])),
        ["clamp"] = ([[8]], x => x[0].clamp(-0.5, 0.5)),
        ["where"] = ([[4], [4]], x => where(tensor(new[] { true, false, true, false }), x[0], x[1])),
        ["masked fill"] = ([[4]], x => x[0].masked_fill(tensor(new[] { true, false, true, false }), 7)),
        ["matmul"] = ([[2, 3], [3, 4]], x => x[0].matmul(x[1])),
        ["matmul batched"] = ([[2, 2, 3], [2, 3, 4]], x => matmul(x[0], x[1])),
        ["sum"] = ([[2, 3]], x => x[0].sum() * x[0].sum(0)),
        ["mean"] = ([[2, 3, 2]], x => x[0].mean() * x[0].mean([1, 2])),
        ["amax"] = ([[2, 5]], x => x[0].amax([1])),
        ["var"] = ([[2, 5]], x => x[0].var(1)),
        ["logsumexp"] = ([[2, 5]], x => x[0].logsumexp(1)),
        ["norm"] = ([[5]], x => x[0].norm()),
        ["reshape"] = ([[2, 6]], x => x[0].reshape(3, 4).square()),
        ["view"] = ([[2, 6]], x => x[0].view(4, 3).square()),
        ["permute"] = ([[2, 3, 4]], x => x[0].permute(2, 0, 1).square()),
        ["transpose"] = ([[2, 3]], x => x[0].transpose(0, 1).square()),
        ["flatten"] = ([[2, 3, 2]], x => x[0].flatten(1).square()),
        ["squeeze unsqueeze"] = ([[2, 1, 3]], x => x[0].squeeze(1).unsqueeze(0).square()),
        ["expand"] = ([[2, 1]], x => x[0].expand(2, 3).square()),
        ["repeat"] = ([[2, 2]], x => x[0].repeat(2, 1).square()),
        ["flip"] = ([[2, 3]], x => x[0].flip(1).square()),
        ["narrow"] = ([[4, 3]], x => x[0].narrow(0, 1, 2).square()),
        ["index"] = ([[4, 3, 2]], x => x[0][1..^1, TensorIndex.Ellipsis, 1].square()),
        ["slice with step"] = ([[6]], x => x[0][TensorIndex.Slice(step: 2)].square()),
        ["index select"] = ([[4, 3]], x => x[0].index_select(0, tensor(new long[] { 2, 0, 2 })).square()),
        ["gather"] = ([[2, 3]], x => x[0].gather(1, tensor(new long[] { 2, 0 }, [2, 1])).square()),
        ["cat"] = ([[2, 3], [1, 3]], x => cat([x[0], x[1]]).square()),
        ["stack"] = ([[2, 3], [2, 3]], x => stack([x[0], x[1]], 1).square()),
        ["pad"] = ([[2, 3]], x => functional.pad(x[0], [1, 2]).square()),
        ["clone contiguous"] = ([[2, 3]], x => x[0].t().contiguous().clone().square()),
        ["softmax"] = ([[2, 5]], x => x[0].softmax(1)),
        ["log softmax"] = ([[2, 5]], x => x[0].log_softmax(1)),
        ["linear"] = ([[2, 3], [4, 3], [4]], x => functional.linear(x[0], x[1], x[2])),
        ["conv2d"] = ([[2, 2, 5, 6], [3, 2, 3, 3], [3]], x => functional.conv2d(x[0], x[1], x[2], [2, 1], [1], [1])),
        ["conv2d grouped"] = ([[1, 4, 5, 5], [4, 2, 3, 3]], x => functional.conv2d(x[0], x[1], strides: [1], padding: [2], dilation: [2], groups: 2)),
        ["batch norm training"] = ([[4, 2, 3, 3], [2], [2]], x => functional.batch_norm(x[0], zeros([2], float64), ones([2], float64), x[1], x[2], training: true)),
        ["batch norm running"] = ([[4, 2, 3, 3], [2], [2]], x => functional.batch_norm(x[0], full([2], 0.3, float64), full([2], 2.0, float64), x[1], x[2])),
        ["layer norm"] = ([[3, 4], [4], [4]], x => functional.layer_norm(x[0], [4], x[1], x[2])),
        ["max pool"] = ([[1, 2, 6, 6]], x => functional.max_pool2d(x[0], [3], [2], [1])),
        ["avg pool"] = ([[1, 2, 6, 6]], x => functional.avg_pool2d(x[0], [2])),
        ["adaptive avg pool"] = ([[1, 2, 6, 5]], x => functional.adaptive_avg_pool2d(x[0], [1]).square()),
        ["embedding"] = ([[5, 3]], x => functional.embedding(tensor(new long[] { 1, 4, 1 }), x[0]).square()),
        ["cross entropy"] = ([[3, 4]], x => functional.cross_entropy(x[0], tensor(new long[] { 1, 3, 0 }))),
        ["cross entropy weighted smoothed"] = ([[3, 4]], x => functional.cross_entropy(x[0], tensor(new long[] { 1, 3, -1 }),
            tensor(new[] { 1.0, 2.0, 0.5, 3.0 }), ignore_index: -1, label_smoothing: 0.1)),
        ["cross entropy soft"] = ([[2, 3]], x => functional.cross_entropy(x[0], tensor(new[] { 0.2, 0.3, 0.5, 1, 0, 0 }, [2, 3]), reduction: Reduction.None)),
        ["nll"] = ([[3, 4]], x => functional.nll_loss(x[0].log_softmax(1), tensor(new long[] { 1, 3, 0 }))),
        ["mse"] = ([[3, 2], [3, 2]], x => functional.mse_loss(x[0], x[1])),
        ["kl"] = ([[2, 3]], x => functional.kl_div(x[0].log_softmax(1), tensor(new[] { 0.2, 0.3, 0.5, 0.1, 0.1, 0.8 }, [2, 3]), reduction: Reduction.Sum)),
        ["to float64"] = ([[3]], x => x[0].to(float64).square()),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_OfOperation_EqualsFiniteDifferences(string name)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        var (shapes, call) = Operations[name];
        var inputs = shapes.Select(shape => randn(shape, float64, requires_grad: true)).ToArray();
        CheckGradients(inputs, () => call(inputs));
    }

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(2, true, true)]
    public void Gradient_OfLstm_EqualsFiniteDifferences(int layers, bool bidirectional, bool batchFirst)
    {
        using var scope = NewDisposeScope();
        manual_seed(7);
        using var lstm = LSTM(3, 2, layers, bidirectional: bidirectional, batchFirst: batchFirst).@double();
        var input = randn([4, 2, 3], float64, requires_grad: true);
        CheckGradients([input, .. lstm.parameters()], () =>
        {
            var (output, hidden, cell) = lstm.call(input);
            return cat([output.flatten(), hidden.flatten(), cell.flatten()]);
        });
    }

    [Fact]
    public void Gradient_OfDropout_IsItsMask()
    {
        using var scope = NewDisposeScope();
        var input = ones([1000], requires_grad: true);
        var output = functional.dropout(input, 0.25);
        output.sum().backward();
        Assert.Equal(output.data<float>().ToArray(), input.grad!.data<float>().ToArray());
        Assert.All(output.data<float>(), value => Assert.True(value == 0 || Math.Abs(value - (1 / 0.75)) < 1e-6));
        Assert.InRange(output.eq(0).to(float32).mean().ToSingle(), 0.15, 0.35);
    }

    private static void CheckGradients(IReadOnlyList<Tensor> inputs, Func<Tensor> call)
    {
        var first = call();
        var direction = randn(first.shape, float64);
        (first * direction).sum().backward();
        foreach (var input in inputs)
        {
            var analytic = input.grad!.data<double>().ToArray();
            var flat = input.detach().view(-1);
            for (var i = 0; i < analytic.Length; i++)
            {
                using var _ = no_grad();
                var element = flat[i];
                var value = element.ToDouble();
                element.fill_(value + Step);
                var above = (call() * direction).sum().ToDouble();
                element.fill_(value - Step);
                var below = (call() * direction).sum().ToDouble();
                element.fill_(value);
                Assert.Equal((above - below) / (2 * Step), analytic[i], Tolerance * Math.Max(1, Math.Abs(analytic[i])));
            }
        }
    }
}
