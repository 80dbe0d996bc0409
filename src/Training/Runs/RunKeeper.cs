using System.Text;

namespace Emotion.Training.Runs;

/// <summary>
/// Looks after the runs of a folder: notices which have ended, kills those that would not stop, starts the next ones. It remembers nothing that counts, so one
/// that has just started does what the one before would have done.
/// </summary>
public sealed class RunKeeper(RunStore store, TrainingRunsOptions options, TimeProvider time)
{
    private const int ReadOfLog = 16_384, ToldOfLog = 2000;

    // Epochs that were counted in metrics; of runs that were there before, those since.
    private readonly Dictionary<string, int> _counted = [];

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        using var _ = await store.LockAsync(cancellationToken);
        var runs = store.ReadAll().ToList();
        for (var i = 0; i < runs.Count; i++)
        {
            if (runs[i].Phase == RunPhase.Running)
            {
                runs[i] = Looked(runs[i]);
            }
        }

        var free = options.AtOnce - runs.Count(run => run.Phase == RunPhase.Running);
        foreach (var next in runs.Where(run => run.Phase == RunPhase.Queued).OrderBy(run => run.Queued).Take(Math.Max(0, free)).ToList())
        {
            runs[runs.IndexOf(next)] = Started(next);
        }

        TrainingRunsInstruments.Seen(runs);
    }

    private RunRecord Looked(RunRecord run)
    {
        CountEpochs(run);
        if (RunProcess.Lives(run.Process!, run.Id))
        {
            if (run.CancelAsked is { } asked && time.GetUtcNow() - asked > options.Grace)
            {
                RunProcess.End(run.Process!, run.Id);
            }

            return run;
        }

        RunProcess.End(run.Process!, run.Id); // Whatever a killed shell has left behind.
        var exit = File.Exists(store.ExitOf(run.Id)) && int.TryParse(File.ReadAllText(store.ExitOf(run.Id)), out var status) ? status : (int?)null;
        var phase = (exit, run.CancelAsked) switch
        {
            (0, _) => RunPhase.Succeeded,
            (_, not null) => RunPhase.Cancelled,
            (null, _) => RunPhase.Interrupted,
            _ => RunPhase.Failed,
        };
        var error = phase switch
        {
            RunPhase.Failed => $"exit status {exit}: {EndOfLog(run.Id)}",
            RunPhase.Interrupted => "its process is gone without a word: resume it",
            _ => null,
        };
        var ended = run with { Phase = phase, Ended = time.GetUtcNow(), Error = error, Process = null };
        store.Write(ended);
        _counted.Remove(run.Id);
        TrainingRunsInstruments.TryEnded(ended, store.TrainingOf(run.Id).Epochs);
        return ended;
    }

    private RunRecord Started(RunRecord run)
    {
        var started = run with
        {
            Phase = RunPhase.Running, Started = time.GetUtcNow(), Ended = null, Error = null, CancelAsked = null, Tries = run.Tries + 1,
            Process = RunProcess.Find(run.Id) ?? RunProcess.Start(store, run, options),
        };
        _counted[run.Id] = RunView.Epochs(store, run.Id).Count;
        store.Write(started);
        return started;
    }

    private void CountEpochs(RunRecord run)
    {
        var epochs = RunView.Epochs(store, run.Id);
        foreach (var done in epochs.Skip(_counted.GetValueOrDefault(run.Id, epochs.Count)))
        {
            TrainingRunsInstruments.EpochDone(run.Network, done.Epoch.Seconds, done.Examples);
        }

        _counted[run.Id] = epochs.Count;
    }

    private string EndOfLog(string id)
    {
        if (!File.Exists(store.LogOf(id)))
        {
            return "";
        }

        using var log = File.OpenRead(store.LogOf(id));
        log.Seek(-Math.Min(log.Length, ReadOfLog), SeekOrigin.End);
        using var reader = new StreamReader(log, Encoding.UTF8);
        // Less the stack, whose place is the log: what is told begins with what went wrong.
        var said = string.Join('\n', reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith("   at ", StringComparison.Ordinal) && !line.StartsWith("--- End of", StringComparison.Ordinal))).Trim();
        return said[Math.Max(0, said.Length - ToldOfLog)..];
    }
}
