using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Reports;

/// <summary><c>fusion.json</c>: the report's figures for programs, as fractions. What was not run is null.</summary>
/// <example><code>
/// { "paired8": { "uar": 0.81, "uar_interval95": [ 0.77, 0.85 ], "wa": …, "folds": [ 1, … ], "rows": { "encoder": { "uar": … }, … }, "subsets": { … } },
///   "paired6": { "wa": … }, "ece": 0.03, "coverage60": { "accuracy": 0.93, "coverage": 0.58, … }, "subset_worst_loss": 0.0,
///   "explain_hit_rate": null, "drawn": { "drawn": true, "version": …, "metrics": … }, "made": … }
/// </code></example>
internal static class FusionReportJson
{
    public static JsonObject Of(
        IReadOnlyList<PairedTable> told, IReadOnlyList<PairedResults> all, FusionRecords records, Provenance provenance)
    {
        var json = Figures(told, all);
        json["explain_hit_rate"] = records.Explained?["hit_rate"]?.DeepClone();
        json["drawn"] = records.Served is { } served
            ? new JsonObject { ["drawn"] = true, ["version"] = served.Version, ["metrics"] = served.Metrics.DeepClone() } : null;
        json["labelled_clips"] = ClipTables.Json(records.Clips);
        json["made"] = provenance.ToJson();
        return json;
    }

    /// <summary>What follows from the cells alone.</summary>
    public static JsonObject Figures(IReadOnlyList<PairedTable> told, IReadOnlyList<PairedResults> all)
    {
        var json = new JsonObject();
        foreach (var results in all)
        {
            json[results.Name] = told.FirstOrDefault(table => table.Results == results) is { } table ? Section(table) : new JsonObject { ["uar"] = null, ["wa"] = null };
        }

        // Of the eight classes, which are what is served.
        var main = told.FirstOrDefault(table => table.Results.Labels.Count == Features.EmotionLabels.Count);
        json["ece"] = main is null ? null : SpeechFigures.Rounded(main.Row(PairedRows.Fusion).Figures.Ece);
        json["coverage60"] = main is null ? new JsonObject { ["accuracy"] = null } : Selective(main.Results.Selective(PairedRows.Fusion));
        json["subset_worst_loss"] = told.Count == 0 ? null : SpeechFigures.Rounded(told.SelectMany(table => table.Harm).Max(harm => harm.Loss));
        return json;
    }

    private static JsonObject Section(PairedTable table)
    {
        var (results, fused) = (table.Results, table.Row(PairedRows.Fusion).Figures.ToJson());
        fused["drawn"] = false;
        fused["face"] = results.Table.Modalities[^1];
        fused["classes"] = new JsonArray([.. results.Labels.Select(label => (JsonNode)label)]);
        fused["folds"] = new JsonArray([.. results.Cells.Select(cell => (JsonNode)cell.Facts.Fold)]);
        fused["commits"] = new JsonArray([.. results.Cells.Select(cell => cell.Facts.Commit).Distinct().Select(commit => (JsonNode)commit)]);
        fused["data_digests"] = new JsonObject(results.Cells[0].Facts.DataDigests.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value)));
        fused["cells"] = new JsonArray([.. results.Cells.Select(cell => JsonSerializer.SerializeToNode(cell.Facts, RecipeFile.Json))]);
        fused["hours"] = SpeechFigures.Rounded(results.Cells.Sum(cell => cell.Facts.Hours));
        fused["selective"] = new JsonObject(results.Table.Table.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)Selective(results.Selective(row.Name)))));
        fused["rows"] = new JsonObject(results.Table.All.Select(row => KeyValuePair.Create(row.Name, (JsonNode?)table.Row(row.Name).Figures.ToJson())));
        fused["subsets"] = new JsonObject(table.Harm.Select(harm => KeyValuePair.Create(harm.Subset, (JsonNode?)new JsonObject
        {
            ["best_alone"] = harm.Best,
            ["uar_difference"] = SpeechFigures.Rounded(harm.Difference.Uar),
            ["uar_difference_interval95"] = SpeechFigures.Pair(harm.Difference.UarInterval),
            ["wa_difference"] = SpeechFigures.Rounded(harm.Difference.Wa),
            ["wa_difference_interval95"] = SpeechFigures.Pair(harm.Difference.WaInterval),
        })));
        return fused;
    }

    private static JsonObject Selective(AccuracyOfAnswered selective) => new()
    {
        ["accuracy"] = SpeechFigures.Rounded(selective.Accuracy),
        ["accuracy_interval95"] = SpeechFigures.Pair(selective.Interval),
        ["coverage"] = SpeechFigures.Rounded(selective.Coverage),
        ["answered"] = selective.Answered,
        ["n"] = selective.Count,
    };
}
