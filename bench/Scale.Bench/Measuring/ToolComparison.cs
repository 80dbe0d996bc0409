namespace Emotion.ScaleBench.Measuring;

/// <summary>Executed tools beside tools that are kept ready, in turns, so that what else the machine does meets both.</summary>
internal static class ToolComparison
{
    private const int Rounds = 12, Starts = 25, Clips = 10;

    // Student's t for 95 % and eleven degrees of freedom.
    private const double T = 2.201;

    public static async Task<ToolComparisonResult> RunAsync(string clip, double clipSeconds, CancellationToken cancellationToken)
    {
        using FfmpegStart executed = new(ready: false), ready = new(ready: true);
        var (starts, clips) = (new Pairs(), new Pairs());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (way, isReady) in round % 2 == 0 ? new[] { (executed, false), (ready, true) } : [(ready, true), (executed, false)])
            {
                starts.Of(isReady).Add(await way.StartAsync(Starts, cancellationToken));
                clips.Of(isReady).Add(await way.ReadAsync(clip, Clips, cancellationToken));
            }
        }

        return executed.IsAsAsked && ready.IsAsAsked
            ? new ToolComparisonResult(Rounds, Starts, Clips, clipSeconds, starts.Summary(), clips.Summary())
            : throw new InvalidOperationException("ffmpeg is not kept ready here: src/Media/Native/build.sh says why.");
    }

    private sealed class Pairs
    {
        private readonly List<ToolCost> _executed = [], _ready = [];

        public List<ToolCost> Of(bool ready) => ready ? _ready : _executed;

        public ToolSummary Summary() => new(
            Estimate.Of(_executed.Select(cost => cost.CoreSeconds)), Estimate.Of(_ready.Select(cost => cost.CoreSeconds)),
            Estimate.Of(_executed.Zip(_ready, (executed, ready) => executed.CoreSeconds - ready.CoreSeconds)),
            Estimate.Of(_executed.Select(cost => cost.Seconds)), Estimate.Of(_ready.Select(cost => cost.Seconds)));
    }

    /// <param name="Mean">Of the rounds.</param>
    /// <param name="Margin">Half of the 95 % interval of the mean.</param>
    internal sealed record Estimate(double Mean, double Margin)
    {
        public static Estimate Of(IEnumerable<double> rounds)
        {
            var values = rounds.ToList();
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
            return new Estimate(mean, T * deviation / Math.Sqrt(values.Count));
        }
    }

    /// <param name="Executed">Core-seconds.</param>
    /// <param name="Ready">Core-seconds.</param>
    /// <param name="Saved">Core-seconds, from the differences within each round.</param>
    /// <param name="ExecutedWall">Seconds.</param>
    /// <param name="ReadyWall">Seconds.</param>
    internal sealed record ToolSummary(Estimate Executed, Estimate Ready, Estimate Saved, Estimate ExecutedWall, Estimate ReadyWall);

    internal sealed record ToolComparisonResult(int Rounds, int StartsEach, int ClipsEach, double ClipSeconds, ToolSummary Start, ToolSummary Clip);
}
