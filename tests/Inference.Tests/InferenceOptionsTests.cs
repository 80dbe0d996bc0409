using Emotion.Inference.Sessions;

namespace Emotion.Inference.Tests;

public sealed class InferenceOptionsTests
{
    /// <summary>.NET's count heeds the control group, ONNX Runtime's own does not.</summary>
    [Fact]
    public void Threads_OfAnOperator_AreAsManyAsSaidAndElseAsDotnetCountsCores()
    {
        Assert.Equal(Environment.ProcessorCount, new InferenceOptions().IntraOpThreadCount);
        Assert.Equal(3, new InferenceOptions { IntraOpThreads = 3 }.IntraOpThreadCount);
    }
}
