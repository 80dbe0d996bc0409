using System.Text.Json.Nodes;
using Emotion.Contracts.Training.V1;
using Emotion.Training.Loop;
using Google.Protobuf.WellKnownTypes;
using RunState = Emotion.Contracts.Training.V1.RunState;

namespace Emotion.Training.Runs;

/// <summary>A run as the contract says it: its record, and what its training has written beside.</summary>
public static class RunView
{
    public static Run Of(RunStore store, RunRecord record)
    {
        var epochs = Epochs(store, record.Id);
        var run = new Run
        {
            Id = record.Id, Network = record.Network, Recipe = record.Recipe, State = StateOf(record.Phase), Tries = record.Tries,
            Created = record.Created.ToTimestamp(), Started = record.Started?.ToTimestamp(), Ended = record.Ended?.ToTimestamp(),
            Error = record.Error ?? "", Folder = store.TrainingOf(record.Id).FilePath(""), Log = store.LogOf(record.Id),
            Progress = ProgressOf(store, record, epochs.Count),
        };
        run.Epochs.AddRange(epochs.Select(epoch => epoch.Epoch));
        return run;
    }

    /// <summary>Epochs that are done; an epoch that was trained twice, because its checkpoint was lost, counts as it was last.</summary>
    internal static IReadOnlyList<(Epoch Epoch, int Examples)> Epochs(RunStore store, string id)
    {
        var path = store.TrainingOf(id).FilePath(RunFolder.MetricsName);
        if (!File.Exists(path))
        {
            return [];
        }

        // {"epoch":1,"loss":2.07,"seconds":3.1,"examples":64,"selection":{"n":16,"uar":0.5,...,"confusion":[...]}}; the last line may be half written.
        var lines = File.ReadAllText(path);
        return [.. lines[..(lines.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => Parse((JsonObject)JsonNode.Parse(line)!))
            .GroupBy(epoch => epoch.Epoch.Epoch_).Select(same => same.Last()).OrderBy(epoch => epoch.Epoch.Epoch_)];
    }

    private static (Epoch Epoch, int Examples) Parse(JsonObject line)
    {
        var epoch = new Epoch { Epoch_ = (int)line["epoch"]!, Loss = (double)line["loss"]!, Seconds = (double)line["seconds"]! };
        foreach (var (name, value) in line["selection"] as JsonObject ?? [])
        {
            if (name != "n" && value is JsonValue number && number.TryGetValue<double>(out var figure))
            {
                epoch.Selection[name] = figure;
            }
        }

        return (epoch, (int?)line["examples"] ?? 0);
    }

    private static Progress ProgressOf(RunStore store, RunRecord record, int done)
    {
        var training = store.TrainingOf(record.Id);
        var told = record.Phase == RunPhase.Running && training.Has(RunProgress.FileName) ? training.ReadJson<RunProgress>(RunProgress.FileName) : null;
        // One of before the last start says nothing of this try.
        if (told is null || told.At < record.Started)
        {
            var stage = record.Phase switch { RunPhase.Queued => "queued", RunPhase.Running => "preparing", _ => "done" };
            return new Progress { Stage = stage, Epoch = done, Epochs = record.Epochs, Fraction = record.Epochs == 0 ? 0 : Math.Min(1, (double)done / record.Epochs) };
        }

        return new Progress
        {
            Stage = "training", Epoch = told.Epoch, Epochs = told.Epochs, Fraction = Math.Max(told.Fraction, (double)done / told.Epochs),
            ExamplesPerSecond = told.ExamplesPerSecond, Loss = told.Loss, SecondsLeft = told.SecondsLeft,
        };
    }

    private static RunState StateOf(RunPhase phase) => phase switch
    {
        RunPhase.Queued => RunState.Queued,
        RunPhase.Running => RunState.Running,
        RunPhase.Succeeded => RunState.Succeeded,
        RunPhase.Failed => RunState.Failed,
        RunPhase.Cancelled => RunState.Cancelled,
        _ => RunState.Interrupted,
    };
}
