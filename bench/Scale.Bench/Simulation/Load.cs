namespace Emotion.ScaleBench.Simulation;

/// <summary>What came of a load.</summary>
/// <param name="PerSecond">Answers a second, after the warm-up.</param>
/// <param name="Refused">Share of those that asked.</param>
/// <param name="Latencies">Seconds of those that were answered, in order of size.</param>
internal sealed record Load(double PerSecond, double Refused, IReadOnlyList<double> Latencies)
{
    public double Percentile(double share) => Latencies.Count == 0 ? double.NaN : Latencies[Math.Max(0, (int)Math.Ceiling(share * Latencies.Count) - 1)];

    /// <summary>So many callers, each asking again as soon as it was answered.</summary>
    /// <param name="simulator">A clock at its start.</param>
    /// <param name="ask">Asks; what is given happens with the answer. False where it is refused.</param>
    /// <param name="callers">That ask at once.</param>
    /// <param name="pause">Seconds from an answer to the next question, and from one that was refused: the network.</param>
    /// <param name="warmUp">Seconds that do not count.</param>
    /// <param name="seconds">That count.</param>
    public static Load Closed(Simulator simulator, Func<Action, bool> ask, int callers, double pause, double warmUp, double seconds)
    {
        var tally = new Tally(simulator, warmUp);
        for (var caller = 0; caller < callers; caller++)
        {
            simulator.After(0, Ask);
        }

        simulator.RunUntil(warmUp + seconds);
        return tally.Sum(seconds);

        void Ask() => tally.Ask(ask, () => simulator.After(pause, Ask));
    }

    /// <summary>They come whether or not others are answered.</summary>
    /// <param name="simulator">A clock at its start.</param>
    /// <param name="ask">Asks; what is given happens with the answer. False where it is refused.</param>
    /// <param name="apart">Seconds between two of them.</param>
    /// <param name="random">Draws those.</param>
    /// <param name="warmUp">Seconds that do not count.</param>
    /// <param name="seconds">That count.</param>
    public static Load Open(Simulator simulator, Func<Action, bool> ask, Times apart, Random random, double warmUp, double seconds)
    {
        var tally = new Tally(simulator, warmUp);
        simulator.After(apart.Next(random), Come);
        simulator.RunUntil(warmUp + seconds);
        return tally.Sum(seconds);

        void Come()
        {
            tally.Ask(ask, () => { });
            simulator.After(apart.Next(random), Come);
        }
    }

    private sealed class Tally(Simulator simulator, double warmUp)
    {
        private readonly List<double> _latencies = [];
        private long _asked, _refused;

        public void Ask(Func<Action, bool> ask, Action then)
        {
            var at = simulator.Now;
            var counts = at >= warmUp;
            _asked += counts ? 1 : 0;
            var taken = ask(() =>
            {
                if (simulator.Now >= warmUp)
                {
                    _latencies.Add(simulator.Now - at);
                }

                then();
            });
            if (!taken)
            {
                _refused += counts ? 1 : 0;
                then();
            }
        }

        public Load Sum(double seconds)
        {
            _latencies.Sort();
            return new Load(_latencies.Count / seconds, _asked == 0 ? 0 : (double)_refused / _asked, _latencies);
        }
    }
}
