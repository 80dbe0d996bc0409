using System.Globalization;
using Emotion.Client;
using Spectre.Console;

namespace Emotion.Cli.Analyze;

/// <summary>The answer as text: bars for the clip, bars per modality, the windows as a timeline, versions, times, trace id.</summary>
internal static class AnalysisReport
{
    private const int FusedBarCells = 40;
    private const int ModalityBarCells = 10;

    /// <summary>Deciding windows that are named; the timeline marks all of them.</summary>
    private const int NamedWindows = 3;

    private static readonly string[] Modalities = ["audio", "video", "text"];

    public static void Write(IAnsiConsole console, string name, Analysis analysis)
    {
        WriteHeadline(console, name, analysis);
        WriteFused(console, analysis.Fused);
        WriteModalities(console, analysis);
        WriteDeciding(console, analysis);
        WriteTimeline(console, analysis);
        WriteFooter(console, analysis);
    }

    private static void WriteHeadline(IAnsiConsole console, string name, Analysis analysis)
    {
        console.WriteLine();
        if (analysis.Clip is { } clip)
        {
            var tracks = (clip.HasVideo, clip.HasAudio) switch { (true, true) => "picture and sound", (true, false) => "picture only", _ => "sound only" };
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[bold]{name}[/]  {clip.Seconds:0.0} s, {clip.Container}, {tracks}");
        }

        var fused = analysis.Fused;
        if (fused?.Prediction is { } prediction)
        {
            var doubt = fused.Status == FusedStatus.Uncertain ? $" (uncertain: {fused.Reason})" : "";
            console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"Expressed emotion: [bold green]{prediction}[/] {fused.Posterior![prediction]:0%}{doubt}");
        }
        else
        {
            console.MarkupLineInterpolated($"No answer: {fused?.Reason ?? "nothing to go by"}");
        }

        console.WriteLine();
    }

    private static void WriteFused(IAnsiConsole console, FusedAnswer? fused)
    {
        foreach (var (emotion, probability) in fused?.Posterior ?? new Dictionary<string, double>())
        {
            var color = emotion == fused!.Prediction ? "green" : "grey";
            console.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"  {emotion,-10}[{color}]{Bar(probability, FusedBarCells)}[/] {probability,6:0.0%}"));
        }

        console.WriteLine();
    }

    private static void WriteModalities(IAnsiConsole console, Analysis analysis)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("modality").AddColumn("says").AddColumn("changes the answer by");
        foreach (var modality in Modalities)
        {
            var answer = analysis.Modalities.GetValueOrDefault(modality);
            if (answer is { Status: ModalityStatus.Used, Posterior: not null })
            {
                var lines = answer.Posterior.Select(label => Line(label.Key, label.Value, answer));
                table.AddRow(answer.Source is { } source ? Markup.Escape($"{modality} ({source})") : modality, string.Join('\n', lines), answer.Contribution?.ToString("+0.00;-0.00", CultureInfo.InvariantCulture) ?? "");
            }
            else
            {
                var status = answer?.Status.ToString().ToLowerInvariant() ?? "absent";
                table.AddRow(modality, Markup.Escape(answer?.Reason is { } reason ? $"{status}: {reason}" : status), "");
            }
        }

        console.Write(table);
        if (analysis.Fused is { ModalitiesDisagree: true })
        {
            console.WriteLine("  The modalities disagree: by themselves they find different emotions the most probable.");
        }
    }

    private static string Line(string emotion, double probability, ModalityAnswer answer)
    {
        if (!answer.CoveredLabels.Contains(emotion))
        {
            return $"[grey]{emotion,-10}not covered[/]";
        }

        var line = string.Create(CultureInfo.InvariantCulture, $"{emotion,-10}{Bar(probability, ModalityBarCells)} {probability,4:0%}");
        return emotion == answer.Prediction ? $"[green]{line}[/]" : line;
    }

    private static void WriteDeciding(IAnsiConsole console, Analysis analysis)
    {
        // Of a single window there is nothing to choose.
        if (analysis.Fused is not { Prediction: { } prediction, DecidedBy: { } deciding } || analysis.Windows.Count < 2)
        {
            return;
        }

        var named = deciding.Windows.Take(NamedWindows).Select(index => string.Create(
            CultureInfo.InvariantCulture, $"{analysis.Windows[index].Start:0.0}-{analysis.Windows[index].End:0.0} s"));
        var others = deciding.Windows.Count > NamedWindows ? $" and {deciding.Windows.Count - NamedWindows} more" : "";
        var instead = deciding.PredictionWithout == prediction ? "" : $", and the answer {deciding.PredictionWithout ?? "none"}";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  Decided by {string.Join(", ", named)}{others}: without, {prediction} would be {deciding.Contribution * 100:0.0} points less probable{instead}."));
    }

    private static void WriteTimeline(IAnsiConsole console, Analysis analysis)
    {
        var windows = analysis.Windows;
        if (windows.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn("seconds").AddColumn("fused").AddColumn("").AddColumn("decided").AddColumn("audio").AddColumn("video").AddColumn("text");
        var deciding = analysis.Fused?.DecidedBy?.Windows ?? [];
        foreach (var (index, window) in windows.Index())
        {
            var probability = window.Fused.Prediction is { } prediction ? window.Fused.Posterior![prediction] : 0;
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{window.Start,6:0.0} - {window.End:0.0}"),
                window.Fused.Prediction is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{window.Fused.Prediction} {probability:0%}"),
                Bar(probability, ModalityBarCells),
                (window.Contribution?.ToString("+0.000;-0.000", CultureInfo.InvariantCulture) ?? "") + (deciding.Contains(index) ? " *" : ""),
                Cell(window.Audio),
                Cell(window.Video),
                Cell(window.Text));
        }

        console.Write(table);
    }

    private static void WriteFooter(IAnsiConsole console, Analysis analysis)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        if (analysis.Models is { } models)
        {
            grid.AddRow("models", Markup.Escape(string.Join(", ", new[]
            {
                $"release {models.Release}{(models.Canary ? " (canary)" : "")}", Version("audio", models.Audio), Version("video", models.Video), Version("text", models.Text), Version("fusion", models.Fusion),
            }.Where(part => part is not null))));
        }

        grid.AddRow("times", Markup.Escape(string.Join(", ", analysis.Timings.Select(stage => string.Create(CultureInfo.InvariantCulture, $"{stage.Key} {stage.Value:0} ms")))));
        grid.AddRow("trace", Markup.Escape(analysis.TraceId ?? "none"));
        console.Write(grid);
        if (LicencesOf(analysis.Models) is { Count: > 0 } licences)
        {
            console.MarkupLineInterpolated($"[grey]The models' licence: {string.Join("; ", licences)}.[/]");
        }

        if (analysis.Notice is { } notice)
        {
            console.MarkupLineInterpolated($"[grey]{notice}[/]");
        }
    }

    private static List<string> LicencesOf(ModelVersions? models) => models?.Licences is not { } licences ? []
        : [.. new[] { licences.Audio, licences.Video, licences.Text, licences.Fusion }.OfType<ModelLicence>().Select(licence => licence.Id).Distinct()];

    private static string? Version(string name, string? version) => version is null ? null : $"{name} {version}";

    private static string Cell(ModalityAnswer answer) =>
        answer.Prediction is { } prediction
            ? string.Create(CultureInfo.InvariantCulture, $"{prediction} {answer.Posterior![prediction]:0%}")
            : $"[grey]{answer.Status.ToString().ToLowerInvariant()}[/]";

    /// <summary>Eighths of a cell, so that small differences show.</summary>
    private static string Bar(double share, int cells)
    {
        const string partial = " ▏▎▍▌▋▊▉";
        var eighths = (int)Math.Round(Math.Clamp(share, 0, 1) * cells * 8);
        var bar = new string('█', eighths / 8) + (eighths % 8 > 0 ? partial[eighths % 8] : "");
        return bar.PadRight(cells);
    }
}
