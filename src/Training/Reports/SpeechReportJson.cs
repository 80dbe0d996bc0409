using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary><c>speech.json</c>: the report's figures for programs, as fractions. What was not run is null, and its row is under <c>not_run</c>.</summary>
/// <example><code>
/// { "mfcc_resnet18": { "uar": 0.66, "uar_interval95": [ 0.63, 0.69 ], "wa": … }, "best": { "row": "two-branch", "uar": …, "ece": … },
///   "shuffled": { "uar": …, "contains_chance": true }, "random_split": { "wa": …, "leaking": true },
///   "int8": { "mfcc_resnet18": { "uar": …, "uar_less_float16": -0.001, "model_mb": 11.3 }, … }, "model_mb": 11.3,
///   "latency_ms_p50": 6.1, "latency_best_ms_p50": 21.0, "not_run": [ "rival-resnet101-15" ], … }
/// </code></example>
public static class SpeechReportJson
{
    /// <summary>The figures' names in the file, by row.</summary>
    public static readonly IReadOnlyDictionary<string, string> Sections = new Dictionary<string, string>
    {
        [SpeechStudyRows.Main] = "mfcc_resnet18",
        [SpeechStudyRows.Best] = "best",
        [SpeechStudyRows.Shuffled] = "shuffled",
        [SpeechStudyRows.RandomSplit] = "random_split",
        [SpeechStudyRows.SentenceHeldOut] = "sentence_held_out",
    };

    public static JsonObject Of(Provenance provenance, SpeechRuns runs, IReadOnlyDictionary<string, PooledRow> pooled, IReadOnlyList<string> notRun)
    {
        var json = new JsonObject();
        foreach (var (row, name) in Sections)
        {
            json[name] = pooled.TryGetValue(row, out var there) ? Section(there, runs[row]!) : NotRun(row);
        }

        if (pooled.TryGetValue(SpeechStudyRows.Shuffled, out var shuffled))
        {
            json["shuffled"]!["contains_chance"] = shuffled.Figures.Uar.Contains(ControlTables.Chance);
        }

        if (pooled.TryGetValue(SpeechStudyRows.RandomSplit, out var random))
        {
            json["random_split"]!["leaking"] = true;
            json["random_split"]!["against_main"] = Difference(ControlTables.Difference(random.Answers, runs[SpeechStudyRows.Main]?.Pooled));
        }

        var (main, best) = (runs[SpeechStudyRows.Main], runs[SpeechStudyRows.Best]);
        var (mainInt8, bestInt8) = (PrecisionRow.Of(main), PrecisionRow.Of(best));
        json["int8"] = new JsonObject { [Sections[SpeechStudyRows.Main]] = mainInt8?.ToJson(), [Sections[SpeechStudyRows.Best]] = bestInt8?.ToJson() };
        json["model_mb"] = mainInt8 is { Ships: true } ? Math.Round(mainInt8.Int8Megabytes, 3) : Megabytes(main);
        json["latency_ms_p50"] = Latency(main)?.NetworkP50Milliseconds;
        json["latency_with_voice_activity_ms_p50"] = Latency(main)?.P50Milliseconds;
        json["latency_best_ms_p50"] = Latency(best)?.P50Milliseconds;
        json["not_run"] = new JsonArray([.. notRun.Select(name => (JsonNode)name)]);
        json["made"] = provenance.ToJson();
        return json;
    }

    private static JsonObject Section(PooledRow row, SpeechRow cells)
    {
        var json = row.Figures.ToJson();
        json.Insert(0, "row", row.Name);
        json["folds"] = Values(cells.Cells, cell => cell.Facts.Fold);
        json["seeds"] = Values(cells.Cells, cell => cell.Facts.Seed);
        json["epochs"] = Values(cells.Cells, cell => cell.Facts.Epochs);
        json["packages"] = Values(cells.Cells, cell => cell.Facts.PackageVersion);
        json["commits"] = Values(cells.Cells, cell => cell.Facts.Commit);
        json["data_digests"] = Values(cells.Cells, cell => cell.Facts.DataDigest);
        json["hours"] = SpeechFigures.Rounded(cells.Hours);
        return json;
    }

    private static JsonObject NotRun(string row) => new() { ["row"] = row, ["uar"] = null, ["wa"] = null, ["ece"] = null };

    private static JsonArray Values<T>(IEnumerable<SpeechCell> cells, Func<SpeechCell, T> value) =>
        [.. cells.Select(value).Distinct().Select(item => JsonValue.Create(item))];

    private static JsonObject? Difference(PairedDifference? difference) => difference is null ? null : new JsonObject
    {
        ["n"] = difference.Count,
        ["uar"] = SpeechFigures.Rounded(difference.Uar),
        ["uar_interval95"] = SpeechFigures.Pair(difference.UarInterval),
        ["wa"] = SpeechFigures.Rounded(difference.Wa),
        ["wa_interval95"] = SpeechFigures.Pair(difference.WaInterval),
    };

    // The encoder is counted apart: the classifier is what this project trains and ships.
    private static JsonNode? Megabytes(SpeechRow? row) =>
        row?.Cells.Select(cell => cell.GraphMegabytes()).FirstOrDefault(graphs => graphs.Count > 0) is { } graphs
        && graphs.TryGetValue("classifier", out var megabytes) ? Math.Round(megabytes, 3) : null;

    private static SpeechLatency? Latency(SpeechRow? row) =>
        row?.Cells.Select(MeasuredTables.Latency).FirstOrDefault(latency => latency is not null);
}
