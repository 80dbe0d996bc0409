using System.Text.Json.Nodes;
using Emotion.Training.Datasets;
using Emotion.Training.Evaluation;
using Emotion.Training.Recipes;
using Emotion.Training.Studies.Paper;

namespace Emotion.Training.Reports;

/// <summary>
/// <c>paper.md</c>, <c>paper.json</c> and <c>paper/</c>: the reference paper's Table I and figures 5 to 7 beside ours. What was measured on pairs that were drawn by
/// label says so wherever it stands.
/// </summary>
public sealed class PaperReport(string output, PaperSpec paper)
{
    private const string Drawn = "drawn", Films = "films";

    private string Figures => Path.Combine(output, "paper");

    /// <param name="drawn">Recordings and pictures of different people.</param>
    /// <param name="films">The paper's corpus; null where it is not there.</param>
    /// <param name="paired">Figures of <c>fusion.json</c>; null where there are none.</param>
    /// <param name="provenance">Where and with what.</param>
    /// <returns>The text of the report.</returns>
    public string Write(PaperTable drawn, PaperTable? films, JsonObject? paired, Provenance provenance)
    {
        Directory.CreateDirectory(Figures);
        var json = new JsonObject
        {
            ["printed"] = RecipeFile.ToJson(paper.Printed), [Drawn] = Json(drawn, isDrawn: true), [Films] = films is null ? null : Json(films, isDrawn: false),
            ["made"] = provenance.ToJson(),
        };
        foreach (var (kind, table) in new[] { (Drawn, drawn), (Films, films) })
        {
            foreach (var cell in table?.Cells ?? [])
            {
                PaperAnswers.Write(CsvPath(kind, cell.Face.Name), paper, cell);
            }
        }

        var text = Text(drawn, films, paired, provenance).ToString();
        File.WriteAllText(Path.Combine(output, "paper.json"), json.ToJsonString(RecipeFile.Json) + "\n");
        File.WriteAllText(Path.Combine(output, "paper.md"), text);
        return text;
    }

    /// <summary>Counts the hits in the CSV files anew.</summary>
    /// <returns>Where <c>paper.json</c> says otherwise: nothing, where the report is true.</returns>
    /// <exception cref="CorpusException">There is no report.</exception>
    public IReadOnlyList<string> Differences()
    {
        var path = Path.Combine(output, "paper.json");
        var said = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))! : throw new CorpusException($"'{path}' is missing: `reproduce-paper` writes it.");
        return [.. from kind in new[] { Drawn, Films }
            from cell in said[kind]?["cells"]?.AsArray() ?? []
            from row in PaperAnswers.Hits(CsvPath(kind, (string)cell!["name"]!), paper)
            from figure in new[] { (Name: "wa", Value: row.Value.Wa), (Name: "uar", Value: row.Value.Uar) }
            let told = (double)cell["rows"]![row.Key]![figure.Name]!
            where Math.Abs(told - figure.Value) > 1e-5
            select $"{kind}, {cell["name"]}, {row.Key}: paper.json says {figure.Name} {told}, the answers give {figure.Value}"];
    }

    private Markdown Text(PaperTable drawn, PaperTable? films, JsonObject? paired, Provenance provenance)
    {
        var text = new Markdown().Heading(1, "The reference paper's tables, made anew");
        text.Paragraph($"Written by `{provenance.Command}`; do not edit. The paper: \"{paper.Printed.Title}\". Six classes: {string.Join(", ", paper.Labels)}.");
        Printed(text, drawn, films, paired);
        text.Heading(2, "Table I: RAVDESS's films");
        if (films is null)
        {
            text.Paragraph(
                "**Not run: the films are not here.** Whoever has them puts `01-01-*.mp4` into `ravdess-video` under `EMOTION_DATA` and runs `./emotion training reproduce-paper --train`, which then fills this table: " +
                "each cell's face network in front of an LSTM, six folds by actor, the same speech networks. **Never run on the corpus**: tests hold the study and the table against made-up faces and answers, and the reader of films against a few real ones.");
        }
        else
        {
            Table(text, films, isDrawn: false);
            Pictures(text, films, Films);
        }

        text.Heading(2, "The same cells on drawn pairs");
        text.Paragraph(
            "`drawn: true`: a recording of RAVDESS's fold " + paper.TestFold + " and a picture of FER2013's PrivateTest (without pictures that occur more than once) of the same label but of different people. Each picture is used once, " +
            "each recording many times. **Pairs that are drawn are easier than life**: the errors of voice and face do not go together as they do in one person. No figure here is the product's accuracy, and none " +
            "can be held against the paper's.");
        Table(text, drawn, isDrawn: true);
        Pictures(text, drawn, Drawn);
        Protocol(text, drawn);
        Made(text, drawn, provenance);
        return text;
    }

    private void Printed(Markdown text, PaperTable drawn, PaperTable? films, JsonObject? paired)
    {
        text.Heading(2, "What the paper prints, what its matrices compute to, and ours");
        text.Paragraph(
            $"WA in per cent. Table I's best cell and the caption of the fused matrix contradict each other, and the printed matrices (figures 5 to 7, {paper.Printed.MatricesCount} examples) compute to less than both. " +
            "The paper states no split by actor. Its other cells and its computation times are not on record in this project, so they are not repeated here.");
        var best = Best(drawn);
        var bestFilms = films is null ? null : Best(films);
        var pairs = paired?["paired6"];
        string Ours(PaperCell? cell, string row) => cell is not null && cell.Rows.TryGetValue(row, out var judged) ? Wa(judged) : "not run";
        // Rows of the paired study: the face is action units there.
        string Paired(string row) => (pairs?["rows"]?[row] ?? (row == "fusion" ? pairs : null)) is { } figures && figures["wa"] is JsonValue value
            && figures["wa_interval95"] is JsonArray interval
            ? Markdown.Percent((double)value, new Interval((double)interval[0]!, (double)interval[1]!)) : "not run";
        text.Table(["", "paper: Table I, best", "paper: caption", "paper: its matrix", "ours: films", "ours: same performances, action units for the face", $"ours, drawn: {best?.Face.What ?? "not run"}"],
        [
            ["speech (figure 5)", "", "", Markdown.Percent(paper.Printed.Matrices[PaperRows.Speech]), Ours(bestFilms, PaperRows.Speech), Paired("mfcc-resnet18"), Ours(best, PaperRows.Speech)],
            ["face (figure 6)", "", "", Markdown.Percent(paper.Printed.Matrices[PaperRows.Face]), Ours(bestFilms, PaperRows.Face), Paired("action-units"), Ours(best, PaperRows.Face)],
            ["fused (figure 7)", Markdown.Percent(paper.Printed.BestOfTableOne), Markdown.Percent(paper.Printed.Caption), Markdown.Percent(paper.Printed.Matrices[PaperRows.Fused]),
                Ours(bestFilms, PaperRows.Fused), Paired("fusion@mfcc-resnet18+action-units"), Ours(best, PaperRows.Fused)],
            ["fused, with the frozen speech encoder, too", "", "", "", "", Paired("fusion"), ""],
        ]);
        if (pairs?["folds"] is JsonArray folds)
        {
            text.Paragraph($"Same performances: {(int)pairs["n"]!} clips, {folds.Count} of six folds by actor tested, of [fusion.md](fusion.md).");
        }
    }

    private static void Table(Markdown text, PaperTable table, bool isDrawn)
    {
        static string Less(Judged fused, Judged other)
        {
            var (low, high) = Bootstrap.WaDifference(fused, other);
            return ControlTables.Points(fused.Scores.Wa - other.Scores.Wa, new Interval(low, high));
        }

        var rivals = isDrawn ? new[] { PaperRows.Face, PaperRows.Product } : [PaperRows.Face];
        var rows = PaperRows.All.Where(row => table.Cells.Any(cell => cell.Rows.ContainsKey(row))).ToList();
        text.Table(["ResNet-18 and", "dropout", "epochs", "n", .. rows.Select(row => $"{row}, WA"), "fused, UAR", .. rivals.Select(row => $"fused less {row}, points of WA"), .. isDrawn ? new[] { "share of the correction" } : [], "seconds: speech", "faces", "fusion", "all"], table.Cells.Select(cell =>
        {
            var fused = cell.Rows[PaperRows.Fused];
            static string Seconds(double? seconds) => seconds is { } some ? Markdown.Number(some, some < 1 ? 2 : 1) : "not timed";
            return (IReadOnlyList<string>)
            [
                cell.Face.What, Markdown.Number(cell.Dropout, 1), $"{cell.Face.Epochs}", $"{fused.Labels.Count}", .. rows.Select(row => Wa(cell.Rows[row])),
                Markdown.Percent(fused.Scores.Uar, Bootstrap.Interval(fused, Scores.UarOf)), .. rivals.Select(row => Less(fused, cell.Rows[row])),
                .. isDrawn ? new[] { cell.CorrectionShare is { } share ? Markdown.Number(share, 2) : "unknown" } : [],
                Seconds(cell.Seconds.Speech), Seconds(cell.Seconds.Faces), Seconds(cell.Seconds.Fusion), Seconds(cell.Seconds.Total),
            ];
        }));
        var groups = table.Cells.Count == 0 ? 0 : table.Cells[0].Rows[PaperRows.Fused].Subjects!.Distinct().Count();
        var timed = $"on {table.Threads} thread(s)";
        var load = $"load average of the machine {(table.LoadAverage is { } some ? Markdown.Number(some, 1) : "unknown")}.";
        text.Paragraph(isDrawn
            ? $"Intervals: 95 %, over {groups} recordings, which are of four actors: of other actors they would be wider, and for the face, whose pictures nobody knows the people of, a recording is no group. Seconds to classify the set {timed}, each " +
              $"picture and recording once, faces in ONNX Runtime, speech and fusion in libtorch; {load}"
            : $"Intervals: 95 %, over {groups} actors. Seconds {timed} are those of the face network for the faces that were found in the films of these labels; what answers inside the paired study, and films that an earlier run has read, are not timed; {load}");
        if (isDrawn && table.Cells.Count(cell => cell.Rows[PaperRows.Fused].Scores.Wa < cell.Rows[PaperRows.Product].Scores.Wa) is var worse and > 0)
        {
            text.Paragraph(
                $"**In {worse} of {table.Cells.Count} cells the layers cost more than they give**: the plain product of the posteriors is ahead. It seems that they correct what the actors of the neighbour fold have in common, and that leaving one " +
                $"of those out, by which the share of the correction is chosen, does not show that those who are tested are otherwise: fusion has learned from {Voices(table.FusionActors)}, and is tested on " +
                $"{Voices(table.Cells[0].Pairs.Select(pair => Ravdess.Parse(pair.Recording).Subject))}. What the layers are worth over all six folds is in [fusion.md](fusion.md).");
        }

        if (table.NotRun.Count > 0)
        {
            text.Paragraph("**Not run**: " + string.Join(", ", table.NotRun) + ".");
        }
    }

    // RAVDESS: men have odd numbers, women even ones.
    private static string Voices(IEnumerable<int> actors)
    {
        var people = actors.Distinct().ToList();
        var (women, men) = (people.Count(actor => actor % 2 == 0), people.Count(actor => actor % 2 != 0));
        return $"{women} {(women == 1 ? "woman" : "women")} and {men} {(men == 1 ? "man" : "men")}";
    }

    private void Pictures(Markdown text, PaperTable table, string kind)
    {
        if (Best(table) is not { } best)
        {
            return;
        }

        text.Paragraph($"Figures 5 to 7, of {best.Face.What}: the cell whose face network the selection part of FER2013 liked best; the test chooses nothing.");
        foreach (var row in new[] { PaperRows.Speech, PaperRows.Face, PaperRows.Fused })
        {
            var file = $"{kind}-{row}-confusion.svg";
            File.WriteAllText(Path.Combine(Figures, file), SpeechPictures.Confusion(
                $"{row}, {(kind == Drawn ? "drawn pairs" : "films")}, n = {best.Rows[row].Labels.Count}", best.Rows[row].Scores.Confusion, paper.Labels));
            text.Picture($"paper/{file}", $"Confusion matrix of {row}");
        }
    }

    private void Protocol(Markdown text, PaperTable drawn)
    {
        text.Heading(2, "Who saw whom, on drawn pairs");
        text.Paragraph(
            $"The speech network (MFCC, ResNet-18) is the paired study's of folds {paper.TestFold} and its neighbour, trained on the other four folds' actors in six classes. Face networks are the cells of " +
            $"`study {paper.FaceStudy}`: {string.Join(", ", drawn.Cells.Select(cell => $"{cell.Face.Epochs} epochs at {cell.Face.Side} pixels").Distinct())}, from nothing, a small budget that is equal for all. Fusion (fully connected over both " +
            "feature maps, which begins as the product of the posteriors with learned powers) learns from the neighbour fold's recordings, each with " + paper.FacesPerRecording + " drawn pictures of PublicTest's calibration and " +
            "fusion parts, which no face network was trained or selected on; powers are fitted on each recording with each of its pictures, and how much of the layers' correction counts, and a temperature, are chosen by what fusions of that fold's other actors say of such pairs of each one. `product` multiplies the two posteriors. Dropout is the face network's and fusion's.");
    }

    private static void Made(Markdown text, PaperTable drawn, Provenance provenance)
    {
        text.Heading(2, "How it was made");
        text.Table(["what", "value"],
        [
            ["command", $"`./emotion training study face`, then `{provenance.Command}`, which trains the speech network where `./emotion training study paired` has not"],
            ["commit of the report", $"`{provenance.Commit}`"],
            ["commits of the face cells", string.Join(" ", drawn.Cells.Select(cell => $"`{cell.Face.Commit[..Math.Min(10, cell.Face.Commit.Length)]}`").Distinct())],
            ["data digests", string.Join("; ", drawn.Digests.Select(one => $"{one.Key} `{one.Value}`"))],
            ["machine", $"{provenance.Machine}, {provenance.Cores} cores"],
            ["versions", $".NET {provenance.DotNet}, libtorch {provenance.LibTorch}, ONNX Runtime {provenance.OnnxRuntime}"],
        ], wordColumns: 2);
        text.Paragraph("`paper/*.csv` holds every pair, what each row said of it and fusion's posterior; `./emotion training reproduce-paper --from-csv` counts the hits anew and fails if `paper.json` says otherwise.");
    }

    private static JsonObject Json(PaperTable table, bool isDrawn) => new()
    {
        ["drawn"] = isDrawn,
        ["cells"] = new JsonArray([.. table.Cells.Select(cell => (JsonNode)new JsonObject
        {
            ["name"] = cell.Face.Name, ["what"] = cell.Face.What, ["dropout"] = cell.Dropout, ["epochs"] = cell.Face.Epochs, ["side"] = cell.Face.Side,
            ["recipe"] = cell.Face.Recipe, ["commit"] = cell.Face.Commit, ["correction_share"] = cell.CorrectionShare,
            ["rows"] = new JsonObject(cell.Rows.Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value.ToJson()))),
            ["seconds"] = new JsonObject { ["speech"] = Rounded(cell.Seconds.Speech), ["faces"] = Rounded(cell.Seconds.Faces), ["fusion"] = Rounded(cell.Seconds.Fusion), ["all"] = Rounded(cell.Seconds.Total) },
        })]),
        ["cells_not_run"] = new JsonArray([.. table.NotRun.Select(name => (JsonNode)name)]),
        ["threads"] = table.Threads, ["load_average"] = table.LoadAverage,
        ["data_digests"] = new JsonObject(table.Digests.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)one.Value))),
    };

    private static PaperCell? Best(PaperTable table) => table.Cells.MaxBy(cell => cell.Face.SelectionWa);

    private static string Wa(Judged judged) => Markdown.Percent(judged.Scores.Wa, Bootstrap.Interval(judged, Scores.WaOf));

    private static JsonNode? Rounded(double? seconds) => seconds is { } some ? Math.Round(some, 3) : null;

    private string CsvPath(string kind, string cell) => Path.Combine(Figures, $"{kind}-{cell}.csv");
}
