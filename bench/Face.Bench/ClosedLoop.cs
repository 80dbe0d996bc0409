using System.Diagnostics;

namespace Emotion.FaceBench;

/// <summary>So many callers, each asking again as soon as it was answered.</summary>
/// <param name="Latencies">Seconds, in order of size.</param>
/// <param name="Seconds">From the first question to the last answer.</param>
internal sealed record ClosedLoop(IReadOnlyList<double> Latencies, double Seconds)
{
    private const int WarmUps = 3;

    public double PerSecond => Latencies.Count / Seconds;

    public double Percentile(double share) => Latencies[(int)Math.Ceiling(share * Latencies.Count) - 1];

    public static async Task<ClosedLoop> RunAsync(int callers, TimeSpan time, Func<Task> ask)
    {
        for (var i = 0; i < WarmUps; i++)
        {
            await ask();
        }

        var start = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            while (Stopwatch.GetElapsedTime(start) < time || own.Count == 0)
            {
                var asked = Stopwatch.GetTimestamp();
                await ask();
                own.Add(Stopwatch.GetElapsedTime(asked).TotalSeconds);
            }

            return own;
        })));
        return new ClosedLoop([.. latencies.SelectMany(own => own).Order()], Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
