using System.Text.Json.Nodes;

namespace Emotion.Training.Reports;

/// <summary><c>text.json</c>: the report's figures for programs, as fractions. What was not run is null.</summary>
/// <example><code>
/// { "goemotions_ekman": { "macro_f1": 0.6, "macro_f1_interval95": [ 0.58, 0.62 ], "n": 5427, "f1": { "neutral": … } }, "goemotions": { "ece": … },
///   "meld": { "weighted_f1": 0.58, "n": 2610, "dialogues": 280, "ece": … }, "ece": 0.03, "ms_per_sentence": 0.4, "ravdess_text_uar": 0.125,
///   "wer_ravdess": 0.07, "exact_ravdess": 0.91, "real_time_factor": 0.05, "rows": [ … ], "shipping": { "ships_without_meld": false }, … }
/// </code></example>
public static class TextReportJson
{
    /// <param name="shipped">Its figures are the report's.</param>
    /// <param name="rows">All, the shipped one among them.</param>
    /// <param name="heard">Of speech to text.</param>
    public static JsonObject Of(Provenance provenance, TextRow shipped, IReadOnlyList<TextRow> rows, HeardFigures heard, string dataDigest)
    {
        var transcription = heard.Figures;
        var json = shipped.ToJson();
        json.Remove("row");
        var ravdess = transcription?["ravdess"];
        json["wer_ravdess"] = ravdess?["word_error_rate"]?.DeepClone();
        json["exact_ravdess"] = ravdess?["exact"]?.DeepClone();
        json["real_time_factor"] = ravdess?["real_time_factor"]?.DeepClone();
        json["ravdess_transcripts_uar"] = TranscriptsUar(transcription, shipped)?.DeepClone();
        json["transcription"] = transcription?.DeepClone();
        json["transcription_missing"] = transcription is null ? heard.Missing : null;
        json["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)row.ToJson())]);
        json["shipping"] = TextShipping.Of(shipped, rows)?.ToJson(shipped);
        json["data_digest"] = dataDigest;
        json["load_average"] = Provenance.LoadAverage();
        json["made"] = provenance.ToJson();
        return json;
    }

    /// <summary>The mean recall that the shipped classifier has by what speech to text heard in RAVDESS; null where another package, or none, was asked.</summary>
    public static JsonNode? TranscriptsUar(JsonObject? transcription, TextRow shipped) =>
        (string?)transcription?["classifier"]?["package"] == shipped.Version ? transcription!["classifier"]!["uar"] : null;
}
