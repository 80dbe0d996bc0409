using Emotion.Inference.Tests.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Compat.OnnxRuntime.Tests;

public class NoTelemetryTests
{
    [Fact]
    public void Session_Opened_NoUsageEventsAreKeptOrLogged()
    {
        using var session = new InferenceSession(new OnnxGraph()
            .Input("x", "batch", 1).Output("y", "batch", 1).Node("Identity", ["x"], ["y"]).ToBytes());

        var open = Directory.GetFiles("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "").ToList();

        Assert.DoesNotContain(open, path => path.Contains("mat-debug", StringComparison.Ordinal) || path.EndsWith("onnxruntime.db", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), $"mat-debug-{Environment.ProcessId}.log")));
    }
}
