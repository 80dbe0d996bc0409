using System.Globalization;
using System.Text;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>Text of a report, line by line.</summary>
public sealed class Markdown
{
    private readonly StringBuilder _text = new();

    public Markdown Heading(int level, string text) => Line($"{new string('#', level)} {text}").Line("");

    public Markdown Paragraph(string text) => Line(text).Line("");

    public Markdown Picture(string file, string description) => Line($"![{description}]({file})").Line("");

    /// <summary>Words are left-aligned, numbers behind them to the right.</summary>
    public Markdown Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, int wordColumns = 1)
    {
        Line(Row(columns));
        Line(string.Concat(Enumerable.Repeat("|---", wordColumns)) + string.Concat(Enumerable.Repeat("|---:", columns.Count - wordColumns)) + "|");
        foreach (var row in rows)
        {
            Line(Row(row));
        }

        return Line("");
    }

    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";

    /// <summary>A fraction in per cent with one decimal: 0.6512 is "65.1".</summary>
    public static string Percent(double fraction) => (100 * fraction).ToString("F1", CultureInfo.InvariantCulture);

    public static string Percent(double fraction, Interval interval) => $"{Percent(fraction)} ({Percent(interval.Low)} to {Percent(interval.High)})";

    /// <summary>A difference of fractions in points, with its sign.</summary>
    public static string Points(double difference) => (100 * difference).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    public static string Number(double value, int decimals) => value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public static string Number(double value, Interval interval, int decimals) =>
        $"{Number(value, decimals)} ({Number(interval.Low, decimals)} to {Number(interval.High, decimals)})";

    private static string Row(IEnumerable<string> cells) => "| " + string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))) + " |";

    private Markdown Line(string line)
    {
        _text.Append(line).Append('\n');
        return this;
    }
}
