namespace Emotion.ScaleBench.Measuring;

/// <summary>How long things are measured. The short form tells whether all of it works, not what a machine can do.</summary>
/// <param name="Rounds">Of one, two and three replicas.</param>
/// <param name="Run">Of each of those.</param>
/// <param name="WarmUp">Before each.</param>
/// <param name="Alone">One caller.</param>
/// <param name="Peak">As many callers as keep it busy.</param>
/// <param name="Overload">Three times that.</param>
/// <param name="Cancellations">Callers that go away.</param>
/// <param name="Clips">Through the whole system, one after the other.</param>
internal sealed record Effort(int Rounds, TimeSpan Run, TimeSpan WarmUp, TimeSpan Alone, TimeSpan Peak, TimeSpan Overload, int Cancellations, int Clips)
{
    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static Effort Whole { get; } = new(5, Seconds(12), Seconds(2), Seconds(20), Seconds(20), Seconds(40), 30, 24);

    public static Effort Quick { get; } = new(1, Seconds(8), Seconds(2), Seconds(6), Seconds(8), Seconds(10), 3, 3);
}
