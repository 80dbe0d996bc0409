using System.Globalization;
using Emotion.Inference.Hosting;

namespace Emotion.Inference.Tests;

public sealed class LowPriorityTests
{
    [Fact]
    public async Task Run_Nice_StepsBackAloneAndForTheTimeOfTheWork()
    {
        var before = Niceness();

        Assert.Equal(before + 7, await LowPriority.RunAsync(7, "test", Niceness));
        Assert.Equal(19, await LowPriority.RunAsync(19, "test", Niceness));
        Assert.Equal(before, await LowPriority.RunAsync(0, "test", Niceness));
        Assert.Equal(before, Niceness());
    }

    [Fact]
    public async Task Run_WorkFails_IsTheFailure() =>
        await Assert.ThrowsAsync<InvalidDataException>(() => LowPriority.RunAsync<int>(10, "test", () => throw new InvalidDataException("broken")));

    /// <summary>Of the calling thread: man 5 proc, field 19; names may have spaces and are in brackets.</summary>
    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
