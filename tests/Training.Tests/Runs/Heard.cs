using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Emotion.Training.Runs;

namespace Emotion.Training.Tests.Runs;

/// <summary>Spans and counts of the training service, while it is there.</summary>
internal sealed class Heard : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = [];
    private readonly ConcurrentDictionary<string, long> _counts = [];
    private readonly ActivityListener _activities;
    private readonly MeterListener _meters = new();

    public Heard()
    {
        _activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TrainingRunsInstruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_activities);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TrainingRunsInstruments.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => _counts.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        _meters.Start();
    }

    public Activity? Span(string name, string run) =>
        _spans.FirstOrDefault(span => span.OperationName == name && (string?)span.GetTagItem("emotion.training.run.id") == run);

    public long Counted(string instrument) => _counts.GetValueOrDefault(instrument);

    public void Dispose()
    {
        _activities.Dispose();
        _meters.Dispose();
    }
}
