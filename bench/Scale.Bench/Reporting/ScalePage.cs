using System.Text;
using Emotion.ScaleBench.Measuring;
using static System.FormattableString;

namespace Emotion.ScaleBench.Reporting;

/// <summary>The tables of docs/capacity.md.</summary>
internal sealed class ScalePage(
    ReplicaMeasurements replicas, ServiceMeasurements services, IReadOnlyList<Reproduction.Figure> reproduced, IReadOnlyList<ScaleOut.Step> oneCore,
    IReadOnlyList<ScaleOut.Step> moreCores,
    IReadOnlyList<Batching.Step> batches, IReadOnlyList<Capacity.Need> needs)
{
    private ClipCostMeasurements Clip => services.Clip;

    private double CoreSeconds => Clip.Services.Values.Sum(cost => cost.Both);

    public IReadOnlyDictionary<string, string> Parts(string command, FileInfo output) => new Dictionary<string, string>
    {
        ["source"] = $"The tables and the plot below are written by `{command}`, from [results/{output.Name}](results/{output.Name}), which names commit, machine and versions.",
        ["cost"] = Cost(),
        ["replicas"] = ReplicaTable(),
        ["overload"] = Overload(),
        ["cancellation"] = Cancellation(),
        ["batching"] = BatchTable(),
        ["reproduced"] = Reproduced(),
        ["machines"] = Machines(),
        ["processes"] = Processes(),
        ["limits"] = Limits(),
    };

    private string Cost()
    {
        var text = new StringBuilder(Invariant($"A clip of {Clip.ClipSeconds:0} s, {Clip.ClipBytes / 1e6:0.0} MB, sound, picture and words; {Clip.N} clips, one after the other. *Measured*.\n\n"));
        text.Append("| service | core-seconds a clip | of these in ffmpeg | share | what it does |\n|---|---|---|---|---|\n");
        foreach (var (name, what) in new (string, string)[]
        {
            ("gateway", "probes the clip, takes the sound out, cuts the picture track without decoding it"),
            ("audio", "front end, speech encoder, ResNet-18"),
            ("video", "decodes (ffmpeg); finds faces, ResNet-34, LSTM (the rest)"),
            ("text", "writes down what is said, reads it"),
            ("fusion", "joins them"),
        })
        {
            var cost = Clip.Services[name];
            text.Append(Invariant($"| {name} | {cost.Both:0.000} | {cost.Ffmpeg:0.000} | {100 * cost.Both / CoreSeconds:0} % | {what} |\n"));
        }

        text.Append(Invariant($"| **all** | **{CoreSeconds:0.000}** | {Clip.Services.Values.Sum(cost => cost.Ffmpeg):0.000} | | |\n\n"));
        text.Append(Invariant($"Executing ffmpeg takes {Clip.FfmpegStart:0.000} core-seconds before it reads a byte"));
        text.Append(Clip.FfmpegReadyStart is { } ready ? Invariant($", forking one that is kept ready {ready:0.000} ([how](decisions/ready-tools.md))") : string.Empty);
        text.Append("; a clip of one segment starts it, or ffprobe, three times: to probe, to cut, to decode.\n\n");
        text.Append("By the clock, in seconds (stages overlap): ");
        text.Append(string.Join(", ", Clip.StageSeconds.Select(stage => Invariant($"{stage.Key} {Percentiles.Of([.. stage.Value.Order()], 0.5):0.000}"))));
        var latencies = Clip.LatencySeconds.Order().ToList();
        text.Append(Invariant($" (medians); from the first byte sent to the answer {Percentiles.Of(latencies, 0.5):0.00} (p95 {Percentiles.Of(latencies, 0.95):0.00}). "));
        text.Append(Invariant($"With {Clip.InFlight} clips at once this machine answers **{Clip.PerMinute:0} clips a minute** (n={Clip.PerMinuteN}); "));
        text.Append(Invariant($"if its two cores did nothing else but that work, they would answer {60 * 2 / CoreSeconds:0}."));
        return text.ToString();
    }

    private string ReplicaTable()
    {
        var text = new StringBuilder("| video replicas | segments/s | to one (lowest to highest round) | a replica | |\n|---|---|---|---|---|\n");
        foreach (var runs in replicas.Runs.GroupBy(run => run.Replicas).OrderBy(runs => runs.Key))
        {
            var ratio = ReplicaRatios.Of(replicas, runs.Key);
            text.Append(Invariant($"| {runs.Key} with {replicas.CoresEach} cores each | {runs.Average(run => run.PerSecond):0.00} (n={runs.Sum(run => run.N)}) | {ratio.Mean:0.00} ({ratio.Low:0.00} to {ratio.High:0.00}) | {ratio.Mean / runs.Key:0.00} | measured |\n"));
        }

        foreach (var (steps, behind) in new[] { (moreCores, $"gateways of {ScaleOut.GatewayCores} cores"), (oneCore, "a gateway of one core") })
        {
            var limit = ScaleOut.Limit(steps);
            foreach (var step in steps.Where(step => step.Replicas is 1 or 2 or 3 or 4 or 8 or 16 || step.Replicas == limit || step.Replicas == limit + 1))
            {
                text.Append(Invariant($"| {step.Replicas} with a core each, behind {behind} | {step.PerSecond:0.00} | {step.Ratio:0.00} | {step.Ratio / step.Replicas:0.00} | simulated, fixed time for each segment |\n"));
            }
        }

        text.Append(Invariant($"\nEach replica brings nine tenths of the first one up to **{ScaleOut.Limit(moreCores)}** of them, {ScaleOut.Limit(oneCore)} where the gateway has one core: then the next limit is the gateway, which takes {Clip.Services["gateway"].Both:0.000} core-seconds to probe and to cut a clip, so gateways are scaled with them. "));
        text.Append(Invariant($"Segments of one clip were spread {string.Join(" : ", replicas.Spread)} over {replicas.Spread.Count} replicas. Settings of each: {replicas.Settings}."));
        return text.ToString();
    }

    private string Overload()
    {
        var text = new StringBuilder("| one process, default settings | video | audio | text | asked |\n|---|---|---|---|---|\n");
        void Row(string what, Func<OverloadMeasurements, string> of, string asked = "") => text.Append($"| {what} | {of(services.Video)} | {of(services.Audio)} | {of(services.Text)} | {asked} |\n");
        Row("answers/s at the peak", one => Invariant($"{one.PeakPerSecond:0.0} (n={one.PeakN})"));
        Row("calls/s that came", one => Invariant($"{one.OfferedPerSecond:0.0}"));
        Row("answers/s then", one => Invariant($"{one.GoodputPerSecond:0.0} (n={one.AnsweredN})"));
        Row("of the peak", one => Invariant($"{one.GoodputPerSecond / one.PeakPerSecond:0.00}"), "0.90");
        Row("refused", one => Invariant($"{one.RefusedN + one.RefusedWithoutHint}, {one.RefusedWithoutHint} of them without a hint"), "each with a hint");
        Row("failed otherwise", one => $"{one.Failed}", "0");
        Row("a refusal takes, ms, p50 and p95", one => Invariant($"{one.RejectP50Ms:0.0}, {one.RejectP95Ms:0.0}"), "p95 50");
        Row("an answer takes, s, p50; alone", one => Invariant($"{one.AnsweredP50Seconds:0.00}; {one.UnloadedP50Seconds:0.00}"));
        Row("memory before, at most, after, MB", one => Invariant($"{one.MemoryBeforeMb:0}, {one.MemoryMaximumMb:0}, {one.MemoryAfterMb:0}"), "bounded");
        Row("as before after, s", one => Invariant($"{one.RecoveryS:0.0}"), "10");
        return text.Append("\n*Measured*, with who asks on the same two cores, at a low priority. Text: what is said in the same sound. Fusion was not measured: who asks takes longer than it does.").ToString();
    }

    private string Cancellation()
    {
        string Of(IReadOnlyList<double> times) => Invariant($"{Percentiles.Of([.. times.Order()], 0.5):0.00} s (p50), {times.Max():0.00} s at most");
        var measured = services.Cancellation;
        return $"*Measured*, {measured.QuietSeconds.Count} callers that go away in the middle of a segment: its ffmpeg is gone after {Of(measured.ProcessGoneSeconds)}; the process computes no more after {Of(measured.QuietSeconds)}, looked at every tenth of a second.";
    }

    private string BatchTable()
    {
        var text = new StringBuilder("| load | faces/s | batch | p50, ms | p95, ms |\n|---|---|---|---|---|\n");
        foreach (var step in batches)
        {
            text.Append(Invariant($"| {100 * step.Load:0} % | {step.FacesPerSecond:0} | {step.BatchSize:0.0} | {step.P50Ms:0} | {step.P95Ms:0} |\n"));
        }

        return text.Append("\n*Simulated*, from what batches of 1 and of 16 take by [results/bench.json](results/bench.json).").ToString();
    }

    private string Reproduced()
    {
        var text = new StringBuilder("| figure | measured | simulated | off by |\n|---|---|---|---|\n");
        foreach (var figure in reproduced)
        {
            text.Append(Invariant($"| {figure.What} | {figure.Measured:0.00} | {figure.Simulated:0.00} | {100 * figure.Error:0} % |\n"));
        }

        return text.ToString();
    }

    private string Processes()
    {
        if (replicas.Apart is not { } apart)
        {
            return "Not measured.";
        }

        var shared = services.Video;
        var text = new StringBuilder("| of the whole machine | segments/s | resident memory, MB |\n|---|---|---|\n");
        text.Append(Invariant($"| one process, {shared.Slots} segments at once, which share the model | {shared.PeakPerSecond:0.00} (n={shared.PeakN}) | {shared.MemoryAfterMb:0} |\n"));
        text.Append(Invariant($"| {apart.Processes} processes, each with a model and one segment at once | {apart.PerSecond:0.00} (n={apart.N}) | {apart.MemoryMb:0} |\n"));
        return text.Append(Invariant($"\n*Measured*: a process for each segment answers {apart.PerSecond / shared.PeakPerSecond:0.00} times as many and takes {apart.MemoryMb / shared.MemoryAfterMb:0.0} times the memory.")).ToString();
    }

    private string Machines()
    {
        var text = new StringBuilder("| clips a minute | choice of replica | cores at work | processes: gateway, audio, video, text, fusion | machines of two cores | busiest service | p50, p95, s |\n|---|---|---|---|---|---|---|\n");
        foreach (var need in needs)
        {
            text.Append(Invariant($"| {need.ClipsPerMinute:N0} | {need.Choice} | {need.Cores:0.0} | {string.Join(", ", need.Processes.Values.Select(count => Invariant($"{count:N0}")))} | **{need.Machines:N0}** | {100 * need.Busy:0} % | {need.P50Seconds:0.00}, {need.P95Seconds:0.00} |\n"));
        }

        return text.Append("\n*Simulated*, in steps of 2 %: all services as busy as they may be for 95 of 100 clips to take at most twice what they take alone and none to be refused, in each of three runs; a core a process.").ToString();
    }

    private string Limits()
    {
        var (decode, faces, gateway) = (Clip.Services["video"].Ffmpeg, Clip.Services["video"].Own, Clip.Services["gateway"].Both);
        var text = new StringBuilder("| | 10 clips/min | 1,000 clips/min | 100,000 clips/min |\n|---|---|---|---|\n");
        void Row(string what, Func<double, string> of) => text.Append($"| {what} | {of(10 / 60.0)} | {of(1000 / 60.0)} | {of(100_000 / 60.0)} |\n");
        Row("clips come in at, MB/s", rate => Invariant($"{rate * Clip.ClipBytes / 1e6:0.00}"));
        Row("cores that probe and cut (gateway)", rate => Invariant($"{rate * gateway:0.0}"));
        Row("cores that decode pictures (ffmpeg of video)", rate => Invariant($"{rate * decode:0.0}"));
        Row("cores that find and read faces (what a GPU could take)", rate => Invariant($"{rate * faces:0.0}"));
        Row("cores that stay if the faces cost nothing", rate => Invariant($"{rate * (CoreSeconds - faces):0.0}"));
        Row("writes/s of analyses (accepted, begun, ended)", rate => Invariant($"{3 * rate:0.0}"));
        return text.Append("\n*Computed* from the costs above.").ToString();
    }
}
