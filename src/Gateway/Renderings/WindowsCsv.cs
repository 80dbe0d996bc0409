using System.Buffers;
using System.Globalization;
using System.Text;
using Emotion.Features;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Renderings;

/// <summary>The answers over time as comma-separated values (RFC 4180): a line for each window and row.</summary>
internal static class WindowsCsv
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    public static string Write(Analysis analysis)
    {
        var text = new StringBuilder();
        Line(text, ["start", "end", "modality", "status", "prediction", .. EmotionLabels.Names, "contribution", "reason"]);
        foreach (var window in analysis.Windows)
        {
            foreach (var row in TimelineRow.Of(window))
            {
                Line(text,
                [
                    Number(window.Start), Number(window.End), row.Name, row.Status, row.Prediction,
                    .. EmotionLabels.Names.Select((_, label) => row.Shares.Count > 0 ? Number(row.Shares[label]) : null),
                    row.Contribution is { } contribution ? Number(contribution) : null, row.Reason,
                ]);
            }
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, IEnumerable<string?> fields) => text.AppendJoin(',', fields.Select(Field)).Append("\r\n");

    private static string Field(string? value) =>
        value is not null && value.AsSpan().ContainsAny(Special) ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value ?? "";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
