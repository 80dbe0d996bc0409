using System.Globalization;
using Spectre.Console;

namespace Emotion.Cli.Batch;

/// <summary>The outcomes of a batch: a table for people, a CSV file (RFC 4180) for programs.</summary>
internal sealed class BatchTable(DirectoryInfo folder)
{
    public const string FileName = "emotions.csv";

    private readonly SortedDictionary<string, BatchOutcome> _outcomes = new(StringComparer.Ordinal);

    public static IReadOnlyList<string> Columns { get; } =
        ["clip", "status", "prediction", "probability", "certainty", "seconds", "release", "id", "reason", "detail"];

    public void Add(BatchOutcome outcome) => _outcomes[outcome.Clip] = outcome;

    public void Show(IAnsiConsole console)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("clip").AddColumn("emotion").AddColumn("").AddColumn("seconds").AddColumn("status");
        foreach (var outcome in _outcomes.Values)
        {
            var fused = outcome.Analysis?.Fused;
            table.AddRow(
                Markup.Escape(outcome.Clip),
                Markup.Escape(fused is null ? "" : fused.Prediction ?? "none"),
                fused is { Prediction: { } prediction, Posterior: { } posterior } ? posterior[prediction].ToString("0%", CultureInfo.InvariantCulture) : "",
                outcome.Analysis?.Clip?.Seconds.ToString("0.0", CultureInfo.InvariantCulture) ?? "",
                Markup.Escape(outcome.Reason is { } reason ? $"{outcome.Status}: {reason}" : outcome.Status));
        }

        console.Write(table);
        var byStatus = _outcomes.Values.GroupBy(outcome => outcome.Status).Select(group => $"{group.Count()} {group.Key}");
        console.WriteLine($"{_outcomes.Count} clips: {string.Join(", ", byStatus)}");
    }

    /// <returns>The file's path.</returns>
    public string Write()
    {
        folder.Create();
        var path = Path.Combine(folder.FullName, FileName);
        File.WriteAllLines(path, _outcomes.Values.Select(outcome => string.Join(',', outcome.Fields.Select(Field))).Prepend(string.Join(',', Columns)));
        return path;
    }

    private static string Field(object? value)
    {
        var text = value is double number ? number.ToString("0.####", CultureInfo.InvariantCulture) : value as string ?? "";
        // A spreadsheet takes a field that begins so for a formula.
        text = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' ? "'" + text : text;
        return text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
