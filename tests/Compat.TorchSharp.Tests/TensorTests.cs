using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Emotion.Compat.TorchSharp.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Data_OfATransposedTensor_IsRowMajor()
    {
        using var scope = NewDisposeScope();
        var tensor = from_array(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([1, 4, 2, 5, 3, 6], tensor.t().data<float>().ToArray());
        Assert.Equal([3, 2], tensor.t().shape);
        Assert.Throws<InvalidOperationException>(() => tensor.data<double>());
        Assert.Throws<InvalidOperationException>(() => tensor.t().bytes.Length);
    }

    [Fact]
    public void Index_OfEachKind_SelectsAsInPython()
    {
        using var scope = NewDisposeScope();
        var tensor = arange(24, dtype: float32).reshape(2, 3, 4);
        Assert.Equal(23, tensor[1, 2, 3].item<float>());
        Assert.Equal(23, tensor[-1, -1, -1].item<float>());
        Assert.Equal([2, 2, 4], tensor[.., 1..].shape);
        Assert.Equal([2, 1, 3, 4], tensor[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([3f, 7, 11, 15, 19, 23], tensor[TensorIndex.Ellipsis, 3].data<float>().ToArray());
        Assert.Equal([16f, 17, 18, 19], tensor[1, ^2..^1].data<float>().ToArray());
        Assert.Throws<ExternalException>(() => tensor[2]);
    }

    [Fact]
    public void Operation_OnTensorsThatDoNotFit_SaysWhy()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Contains("2x3", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => tensor(new[] { 1f, 2f }, [3]));
    }

    [Fact]
    public void DisposeScope_AtItsEnd_KeepsOnlyWhatWasMovedOrDetached()
    {
        GC.Collect(); // What earlier tests left to the finalizer must not be counted.
        GC.WaitForPendingFinalizers();
        var before = Tensor.TotalCount;
        Tensor detached;
        using (var outer = NewDisposeScope())
        {
            Tensor moved;
            using (NewDisposeScope())
            {
                moved = ones(2).MoveToOuterDisposeScope();
                detached = (moved + 1).DetachFromDisposeScope();
                _ = moved * 3;
            }

            Assert.Equal(1, outer.DisposablesCount);
            Assert.Equal(before + 2, Tensor.TotalCount);
            Assert.False(moved.IsInvalid);
        }

        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.Equal(2, detached[0].item<float>());
        detached.Dispose();
    }

    [Fact]
    public void GradModes_UntilDisposed_StopRecording()
    {
        using var scope = NewDisposeScope();
        var weight = ones([2], requires_grad: true);
        using (no_grad())
        {
            Assert.False((weight * 2).requires_grad);
            using (enable_grad())
            {
                Assert.True((weight * 2).requires_grad);
            }
        }

        using (inference_mode())
        {
            Assert.False((weight * 2).requires_grad);
        }

        Assert.True((weight * 2).requires_grad);
        Assert.Null(weight.grad);
    }

    [Fact]
    public void Seed_SetTwice_RepeatsTheNumbers()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(11);
        var first = randn(5).data<float>().ToArray();
        var next = rand(5).data<float>().ToArray();
        random.manual_seed(11);
        Assert.Equal(first, randn(5).data<float>().ToArray());
        Assert.Equal(next, rand(5).data<float>().ToArray());
        Assert.NotEqual(next, rand(5).data<float>().ToArray());
    }

    [Fact]
    public void Scalar_KeepsIntegersIntegers()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(int64, (arange(3) * 2).dtype);
        Assert.Equal(float32, (arange(3) * 2.5).dtype);
        Assert.Equal([1, 0, -1], (1 - arange(3)).data<long>().ToArray());
        Assert.Equal([0, 0.5, 1], arange(0, 1.5, 0.5, float64).data<double>().ToArray());
    }

    [Fact]
    public void TensorFile_RoundTrip_KeepsTypeShapeAndValues()
    {
        var file = Path.GetTempFileName();
        try
        {
            using var scope = NewDisposeScope();
            foreach (var original in new[] { randn(2, 3).t(), arange(5), ones([], float64), rand(3).gt(0.5) })
            {
                save(original, file);
                var copy = load(file);
                Assert.Equal(original.dtype, copy.dtype);
                Assert.Equal(original.shape, copy.shape);
                Assert.True(original.contiguous().bytes.SequenceEqual(copy.bytes));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void TensorFile_OfAnotherKind_IsRefused()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "{ not: 'tensors' }");
            Assert.Throws<InvalidDataException>(() => load(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Module_ConvertedToDouble_KeepsItsParameterObjects()
    {
        using var network = Sequential(("head", Linear(3, 2)), ("norm", BatchNorm1d(2)));
        var before = network.parameters().ToArray();
        network.@double();
        Assert.Equal(before, network.parameters());
        Assert.All(network.state_dict().Values, tensor => Assert.Equal(float64, tensor.dtype));
        Assert.Equal(["head.weight", "head.bias", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var"], network.state_dict().Keys);
    }

    [Fact]
    public void BatchNorm_InTraining_MovesItsRunningMoments()
    {
        using var scope = NewDisposeScope();
        using var norm = BatchNorm2d(1);
        var input = tensor(new[] { 1f, 3f }, [2, 1, 1, 1]);
        Assert.Equal([-1f, 1f], norm.call(input).data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
        Assert.Equal(0.2f, norm.running_mean.item<float>(), 1e-6f);
        Assert.Equal(1.1f, norm.running_var.item<float>(), 1e-6f);
        norm.eval();
        Assert.Equal(0.8f / MathF.Sqrt(1.1f), norm.call(input)[0].item<float>(), 1e-4f);
    }

    [Fact]
    public void KaimingNormal_FanOut_HasItsDeviation()
    {
        using var scope = NewDisposeScope();
        using var conv = Conv2d(16, 128, 3);
        init.kaiming_normal_(conv.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
        Assert.Equal(Math.Sqrt(2.0 / (128 * 9)), conv.weight.detach().flatten().var(0).sqrt().ToDouble(), 2e-3);
    }

    [Fact]
    public void Device_WithoutCuda_IsCpuAndSaysSo()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(cuda.device_count() > 0, cuda.is_available());
        Assert.Equal(DeviceType.CPU, ones(1).device.type);
        Assert.Equal(new Device(DeviceType.CUDA, 1), device("cuda:1"));
        Assert.Throws<ArgumentException>(() => device("tpu"));
    }
}
