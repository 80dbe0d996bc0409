using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paired;

namespace Emotion.Training.Reports;

/// <summary>What other commands leave for the report; null where none has.</summary>
/// <param name="Served">Version and metrics of the fusion package that ships: figures on drawn tuples.</param>
/// <param name="Explained">How well its explanations hold: the record <see cref="FusionReport.ExplainedFile"/>.</param>
/// <param name="Clips">What the whole system answered for clips of real people: the record <see cref="FusionReport.ClipsFile"/>.</param>
public sealed record FusionRecords((string Version, JsonObject Metrics)? Served, JsonObject? Explained, JsonObject? Clips = null);

/// <summary>
/// <c>fusion.md</c>, <c>fusion.json</c> and beside them <c>fusion/</c> (of films <c>fusion-video</c>): confusion matrices, and every row's out-of-fold answers as CSV. Everything is read from
/// the cells of the paired study and from what other commands left; no network runs here.
/// </summary>
/// <param name="study">Its numbers.</param>
public sealed class FusionReport(string output, PairedStudySpec study)
{
    /// <summary>In the folder of the report, written by whoever checks explanations; its <c>hit_rate</c> is taken over.</summary>
    public const string ExplainedFile = "fusion-explained.json";

    /// <summary>In the folder of the report, written by <c>./emotion prove labelled-clips</c>.</summary>
    public const string ClipsFile = "fusion-clips.json";

    private readonly PairedRows _rows = new(study);
    private readonly string _name = study.Face == PairedModalities.ActionUnits ? "fusion" : "fusion-video";

    private string Figures => Path.Combine(output, _name);

    /// <param name="results">By protocol; some may have no finished cell.</param>
    /// <param name="records">Of other commands.</param>
    /// <param name="provenance">Where and with what.</param>
    public void Write(IReadOnlyList<PairedResults> results, FusionRecords records, Provenance provenance)
    {
        Directory.CreateDirectory(Figures);
        var told = results.Where(one => one.Cells.Count > 0).Select(one => new PairedTable(one)).ToList();
        foreach (var (table, row) in told.SelectMany(table => _rows.All.Select(row => (table, row.Name))))
        {
            PooledAnswers.Write(CsvPath(table.Results.Name, row), table.Results.Rows[row]);
        }

        File.WriteAllText(Path.Combine(output, _name + ".md"), Text(told, results, records, provenance).ToString());
        File.WriteAllText(Path.Combine(output, _name + ".json"), FusionReportJson.Of(told, results, records, provenance).ToJsonString(RecipeFile.Json) + "\n");
    }

    /// <summary>
    /// The cells that the report tells already, with their answers from its CSV files: a study that takes several sessions, on several machines, is told as it grows.
    /// </summary>
    public IReadOnlyList<PairedCellAnswers> Told()
    {
        var path = Path.Combine(output, _name + ".json");
        var said = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) : null;
        // Cells of another study may have had other rows; nobody asks for them.
        var digest = RecipeFile.Digest(study);
        var told = new List<PairedCellAnswers>();
        foreach (var protocol in study.Protocols.Select(protocol => protocol.Name))
        {
            var cells = (said?[protocol]?["cells"]?.Deserialize<List<PairedCell>>(RecipeFile.Json) ?? []).Where(cell => cell.Study == digest).ToList();
            var answers = cells.Count == 0 ? null : _rows.All.ToDictionary(row => row.Name, row => PooledAnswers.Read(CsvPath(protocol, row.Name)).ToLookup(answer => answer.Fold));
            told.AddRange(cells.Select(cell => new PairedCellAnswers(
                cell, answers!.ToDictionary(row => row.Key, row => (IReadOnlyList<SpeechAnswer>)[.. row.Value[cell.Fold]]))));
        }

        return told;
    }

    /// <summary>Computes the tables from the CSV files alone, and holds <c>fusion.json</c> against them.</summary>
    /// <returns>The tables, and what differs: nothing, where the report is true.</returns>
    /// <exception cref="CorpusException">There is no report.</exception>
    public (string Tables, IReadOnlyList<string> Differences) Recompute()
    {
        var path = Path.Combine(output, _name + ".json");
        var said = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))! : throw new CorpusException($"'{path}' is missing: `report fusion` writes it.");
        var text = new Markdown();
        var differences = new List<string>();
        foreach (var protocol in study.Protocols.Where(protocol => File.Exists(CsvPath(protocol.Name, PairedRows.Fusion))))
        {
            var rows = _rows.All.Select(row => new PooledRow(row.Name, PooledAnswers.Read(CsvPath(protocol.Name, row.Name)))).ToList();
            text.Heading(2, protocol.Name);
            PooledTables.Worth(text, rows);
            differences.AddRange(
                from row in rows
                from figure in row.Figures.ToJson()
                let there = said[protocol.Name]?["rows"]?[row.Name]?[figure.Key]
                where !JsonNode.DeepEquals(JsonNode.Parse(figure.Value!.ToJsonString()), there)
                select $"{protocol.Name}, {row.Name}, {figure.Key}: fusion.json says {there?.ToJsonString() ?? "nothing"}, the answers give {figure.Value.ToJsonString()}");
        }

        differences.AddRange(Fitted(said));
        return (text.ToString(), differences);
    }

    // What needs, beside the answers, the thresholds and folds that the JSON file has of its cells.
    private IEnumerable<string> Fitted(JsonNode said)
    {
        var cells = Told();
        List<PairedResults> all =
        [
            .. study.Protocols.Select(protocol => new PairedResults(
                protocol.Name, protocol.Labels, _rows, [.. cells.Where(cell => cell.Facts.Protocol == protocol.Name).OrderBy(cell => cell.Facts.Fold)])),
        ];
        var figures = FusionReportJson.Figures([.. all.Where(one => one.Cells.Count > 0).Select(one => new PairedTable(one))], all);
        string[][] places =
        [
            .. all.Where(one => one.Cells.Count > 0).SelectMany(one => new[] { new[] { one.Name, "selective" }, [one.Name, "subsets"] }), ["ece"], ["coverage60"], ["subset_worst_loss"],
        ];
        return from place in cells.Count == 0 ? [] : places
            let there = place.Aggregate((JsonNode?)said, (node, key) => node?[key])
            let now = place.Aggregate((JsonNode?)figures, (node, key) => node?[key])
            where !JsonNode.DeepEquals(JsonNode.Parse(now?.ToJsonString() ?? "null"), there)
            select $"{string.Join(", ", place)}: fusion.json says {there?.ToJsonString() ?? "nothing"}, the answers give {now?.ToJsonString() ?? "nothing"}";
    }

    private Markdown Text(
        List<PairedTable> told, IReadOnlyList<PairedResults> results, FusionRecords records, Provenance provenance)
    {
        var text = new Markdown().Heading(1, "Fusion: results");
        text.Paragraph($"Written by `{provenance.Command}`; do not edit. Research, non-commercial: the corpus is RAVDESS.");
        text.Paragraph(
            "Really paired: the sound and the face of the same performance, 1,440 of 24 actors (six classes: those 1,056 of " + string.Join(", ", Features.EmotionLabels.PaperSix) +
            "). " + (study.Face == PairedModalities.ActionUnits
                ? "**The face is no video here**: it is OpenFace's 35 action units, averaged over the clip, through a small network."
                : "The face is the film: the shipped ResNet-34 on the faces that are found in it, and an LSTM over them.")
            + " Networks are judged as trained, nothing of them ships.");
        FusionTables.Goals(text, told, results);
        FusionTables.Missed(text, told, records, study.Face);
        FusionTables.Protocol(text, study);
        FusionTables.Made(text, told, provenance);
        foreach (var table in told)
        {
            FusionTables.Worth(text, table);
            Pictures(text, table);
            FusionTables.Selective(text, table, study.Coverage);
            FusionTables.Harm(text, table);
            FusionTables.Fitted(text, table);
        }

        FusionTables.Drawn(text, records.Served);
        ClipTables.Write(text, records.Clips);
        FusionTables.Explained(text, records.Explained);
        text.Heading(2, "Not run");
        var missing = results.SelectMany(one => study.Folds.Except(one.Cells.Select(cell => cell.Facts.Fold)).Select(fold => $"{one.Name}, fold {fold}")).ToList();
        text.Paragraph(missing.Count == 0 ? "Every cell was run." : string.Join("; ", missing) + ".");
        text.Heading(2, "Recompute");
        return text.Paragraph(
            $"`{_name}/*.csv` holds the out-of-fold posterior of every clip by every row. `./emotion training report fusion --from-csv` computes the tables from these files alone, " +
            "without corpus or cells, and fails if the JSON file says otherwise.");
    }

    private void Pictures(Markdown text, PairedTable table)
    {
        var best = table.BestAlone;
        foreach (var row in new[] { table.Row(PairedRows.Fusion), best })
        {
            var file = $"{table.Results.Name}-{row.Name}-confusion.svg";
            File.WriteAllText(Path.Combine(Figures, file), SpeechPictures.Confusion(
                $"{table.Results.Name}, {row.Name}, n = {row.Answers.Count}", row.Figures.Scores.Confusion, table.Results.Labels));
            text.Picture($"{_name}/{file}", $"Confusion matrix of {row.Name}, {table.Results.Name}");
        }

        var (fused, reliability) = (table.Row(PairedRows.Fusion), $"{table.Results.Name}-fusion-reliability.svg");
        File.WriteAllText(Path.Combine(Figures, reliability), SpeechPictures.Reliability(
            $"{table.Results.Name}, fusion: ECE {Markdown.Number(fused.Figures.Ece, 3)}, n = {fused.Answers.Count}", EqualMassCalibration.Bins(fused.Answers)));
        text.Picture($"{_name}/{reliability}", $"Reliability diagram of fusion, {table.Results.Name}");
    }

    private string CsvPath(string protocol, string row) => Path.Combine(Figures, $"{protocol}-{row}.csv");
}

/// <summary>One protocol's rows with their figures, each computed once.</summary>
public sealed class PairedTable
{
    private readonly Dictionary<string, PooledRow> _rows;

    public PairedTable(PairedResults results)
    {
        Results = results;
        _rows = results.Table.All.ToDictionary(row => row.Name, row => new PooledRow(row.Name, results.Rows[row.Name]));
        Harm = SubsetHarm.Of(results, name => _rows[name].Figures);
    }

    public PairedResults Results { get; }

    public IReadOnlyList<SubsetHarm> Harm { get; }

    public PooledRow BestAlone => Results.Table.Alone.Select(row => _rows[row.Name]).MaxBy(row => row.Figures.Scores.Uar)!;

    public PooledRow Row(string name) => _rows[name];
}
