using Emotion.Inference.Tests.Graphs;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Emotion.Compat.OnnxRuntime.Tests;

public class SessionTests
{
    private static readonly byte[] Doubler = new OnnxGraph()
        .Input("x", "batch", 3).Output("y", "batch", 3)
        .Constant("two", [2f], 1)
        .Node("Mul", ["x", "two"], ["y"])
        .ToBytes();

    [Fact]
    public void Run_OrtValuesOverManagedMemory_WritesResultInPlace()
    {
        using var session = new InferenceSession(Doubler);
        float[] input = [1, 2, 3, 4, 5, 6];
        var output = new float[6];
        using var x = OrtValue.CreateTensorValueFromMemory(input, [2, 3]);
        using var y = OrtValue.CreateTensorValueFromMemory(output, [2, 3]);
        using var options = new RunOptions();

        session.Run(options, ["x"], [x], ["y"], [y]);

        Assert.Equal([2, 4, 6, 8, 10, 12], output);
    }

    [Fact]
    public void Run_NamedOnnxValues_GivesDenseTensor()
    {
        using var session = new InferenceSession(Doubler);
        var input = NamedOnnxValue.CreateFromTensor("x", new DenseTensor<float>(new float[] { 1, -2, 0.5f }, [1, 3]));

        using var results = session.Run([input]);

        Assert.Equal([2, -4, 1], results.Single().AsTensor<float>().ToArray());
    }

    [Fact]
    public void Metadata_FreeDimension_IsMinusOneWithItsName()
    {
        using var session = new InferenceSession(Doubler);

        var x = session.InputMetadata["x"];

        Assert.Equal([-1, 3], x.Dimensions);
        Assert.Equal("batch", x.SymbolicDimensions[0]);
        Assert.Equal(typeof(float), x.ElementType);
    }

    [Fact]
    public void Run_WrongShape_ThrowsWithTheNameOfTheInput()
    {
        using var session = new InferenceSession(Doubler);
        using var x = OrtValue.CreateTensorValueFromMemory(new float[4], [1, 4]);
        using var options = new RunOptions();

        var error = Assert.Throws<OnnxRuntimeException>(() => session.Run(options, ["x"], [x], ["y"]));

        Assert.Contains("x", error.Message);
        Assert.Contains("Expected: 3", error.Message);
    }

    [Fact]
    public void Constructor_BytesThatAreNoModel_Throws() =>
        Assert.Throws<OnnxRuntimeException>(() => new InferenceSession([1, 2, 3, 4]));

    [Fact]
    public void Run_ThreadsAndSpinningSet_GivesTheSameNumbers()
    {
        using var sessionOptions = new SessionOptions { IntraOpNumThreads = 2, InterOpNumThreads = 1 };
        sessionOptions.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        using var session = new InferenceSession(Doubler, sessionOptions);
        using var x = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2, 3 }, [1, 3]);
        using var options = new RunOptions();

        using var outputs = session.Run(options, ["x"], [x], ["y"]);

        Assert.Equal([2, 4, 6], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void AppendCuda_WithoutItsLibraries_LeavesCpuSessionsWorking()
    {
        using var sessionOptions = new SessionOptions();
        var appended = Record.Exception(() => sessionOptions.AppendExecutionProvider_CUDA(0));
        using var session = new InferenceSession(Doubler, appended is null ? sessionOptions : new SessionOptions());
        using var x = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2, 3 }, [1, 3]);
        using var options = new RunOptions();

        using var outputs = session.Run(options, ["x"], [x], ["y"]);

        Assert.True(appended is null or OnnxRuntimeException, $"{appended}");
        Assert.Equal([2, 4, 6], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void GetVersionString_IsTheVersionOfTheApi() => Assert.StartsWith("1.29", OrtEnv.Instance().GetVersionString());
}
