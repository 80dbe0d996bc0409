using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Emotion.Training.Runs;

/// <summary>A span for each try of a run and for its preparation; runs by state, epochs, examples, seconds.</summary>
public static class TrainingRunsInstruments
{
    public const string Name = "Emotion.Training";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);
    private static IReadOnlyDictionary<RunPhase, int> _byState = new Dictionary<RunPhase, int>();

    private static readonly Counter<long> Tries =
        Meter.CreateCounter<long>("emotion.training.tries", "{try}", "Tries of runs that have ended, by network and outcome");

    private static readonly Histogram<double> TrySeconds =
        Meter.CreateHistogram<double>("emotion.training.try.duration", "s", "Wall time of tries of runs, by network and outcome");

    private static readonly Counter<long> Epochs =
        Meter.CreateCounter<long>("emotion.training.epochs", "{epoch}", "Epochs done, by network");

    private static readonly Counter<long> Examples =
        Meter.CreateCounter<long>("emotion.training.examples", "{example}", "Examples learned from in epochs that are done, by network");

    private static readonly Histogram<double> EpochSeconds =
        Meter.CreateHistogram<double>("emotion.training.epoch.duration", "s", "Wall time of epochs, by network");

    private static readonly Counter<long> Refusals =
        Meter.CreateCounter<long>("emotion.training.refusals", "{request}", "Requests that were refused, by reason");

    static TrainingRunsInstruments() => Meter.CreateObservableGauge<int>(
        "emotion.training.runs",
        () => _byState.Select(state => new Measurement<int>(state.Value, new KeyValuePair<string, object?>("state", state.Key.ToString()))),
        "{run}", "Runs in the folder, by state");

    internal static void Seen(IEnumerable<RunRecord> runs)
    {
        var counted = runs.CountBy(run => run.Phase).ToDictionary();
        _byState = Enum.GetValues<RunPhase>().ToDictionary(phase => phase, phase => counted.GetValueOrDefault(phase));
    }

    internal static void Refused(string reason) => Refusals.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal static void EpochDone(string network, double seconds, int examples)
    {
        var tag = new KeyValuePair<string, object?>("network", network);
        Epochs.Add(1, tag);
        Examples.Add(examples, tag);
        EpochSeconds.Record(seconds, tag);
    }

    /// <summary>The span of a try is made when it has ended, because whoever saw it begin may be gone by then.</summary>
    internal static void TryEnded(RunRecord run, int epochs)
    {
        var (network, outcome) = (new KeyValuePair<string, object?>("network", run.Network), new KeyValuePair<string, object?>("outcome", run.Phase.ToString()));
        Tries.Add(1, network, outcome);
        TrySeconds.Record((run.Ended!.Value - run.Started!.Value).TotalSeconds, network, outcome);
        ActivityContext.TryParse(run.Trace, null, isRemote: true, out var parent);
        using var activity = Activities.StartActivity("training run", ActivityKind.Internal, parent, startTime: run.Started.Value);
        activity?.SetTag("emotion.training.run.id", run.Id).SetTag("emotion.training.network", run.Network)
            .SetTag("emotion.training.recipe", run.Recipe).SetTag("emotion.training.outcome", run.Phase.ToString())
            .SetTag("emotion.training.try", run.Tries).SetTag("emotion.training.epochs", epochs)
            .SetStatus(run.Phase == RunPhase.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset, run.Error)
            .SetEndTime(run.Ended.Value.UtcDateTime);
    }
}
