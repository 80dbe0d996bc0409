using System.Globalization;
using Emotion.Features;
using Emotion.Training.Evaluation;

namespace Emotion.Training.Reports;

/// <summary>The plots of the speech report.</summary>
public static class SpeechPictures
{
    /// <summary>95 % of the normal distribution.</summary>
    private const double Z = 1.96;

    /// <summary>Counts and shares of the row: a row is what was expressed, a column what was said.</summary>
    public static string Confusion(string title, int[][] confusion) => Confusion(title, confusion, EmotionLabels.Names);

    /// <param name="title">Of the picture.</param>
    /// <param name="confusion">Rows true, columns predicted, of all labels.</param>
    /// <param name="labels">Those that are shown: no other was expressed or said.</param>
    public static string Confusion(string title, int[][] confusion, IReadOnlyList<string> labels)
    {
        const int Left = 96, Top = 74, Width = 66, Height = 44;
        int[] places = [.. labels.Select(EmotionLabels.IndexOf)];
        var picture = new SvgPicture(Left + labels.Count * Width + 20, Top + labels.Count * Height + 20, title)
            .Text(Left + labels.Count * Width / 2.0, 44, "said (count, and per cent of what was expressed)", "quiet")
            .TextUpwards(18, Top + labels.Count * Height / 2.0, "expressed", "quiet");
        for (var row = 0; row < labels.Count; row++)
        {
            var total = Math.Max(1, confusion[places[row]].Sum());
            picture.Text(Left + (row + 0.5) * Width, Top - 8, labels[row]);
            picture.Text(Left - 8, Top + (row + 0.5) * Height + 4, labels[row], anchor: "end");
            for (var column = 0; column < labels.Count; column++)
            {
                var (x, y, share) = (Left + column * Width, Top + row * Height, (double)confusion[places[row]][places[column]] / total);
                var depth = 0.04 + 0.96 * share;
                // Where black and white read equally well on this blue, 4.5 to 1.
                var style = depth > 0.73 ? "inverse" : "cell";
                picture.Area(x + 1, y + 1, Width - 2, Height - 2, depth)
                    .Text(x + Width / 2.0, y + 20, confusion[places[row]][places[column]].ToString(CultureInfo.InvariantCulture), style)
                    .Text(x + Width / 2.0, y + 35, (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %", style + " small");
            }
        }

        return picture.ToString();
    }

    /// <summary>Share of hits over mean confidence of the ten equal-mass bins, with Wilson's 95 % interval; on the diagonal confidence is true.</summary>
    public static string Reliability(string title, IReadOnlyList<ReliabilityBin> bins)
    {
        const int Left = 64, Top = 44, Side = 340;
        double X(double value) => Left + value * Side;
        double Y(double value) => Top + (1 - value) * Side;
        var picture = new SvgPicture(Left + Side + 28, Top + Side + 56, title);
        for (var tick = 0; tick <= 5; tick++)
        {
            var value = tick / 5.0;
            var name = value.ToString("0.0", CultureInfo.InvariantCulture);
            picture.Line(X(value), Y(0), X(value), Y(1), "grid").Line(X(0), Y(value), X(1), Y(value), "grid")
                .Text(X(value), Y(0) + 18, name, "quiet").Text(X(0) - 8, Y(value) + 4, name, "quiet", "end");
        }

        picture.Line(X(0), Y(0), X(1), Y(1), "guide", "6 4")
            .Text(X(0.5), Y(0) + 40, "mean confidence of a bin (ten bins of equal mass)", "quiet")
            .TextUpwards(20, Y(0.5), "share that is right", "quiet")
            .Path(bins.Select(bin => (X(bin.Confidence), Y(bin.Accuracy))), "line");
        foreach (var bin in bins)
        {
            var range = Wilson(bin);
            picture.Line(X(bin.Confidence), Y(range.Low), X(bin.Confidence), Y(range.High), "line").Dot(X(bin.Confidence), Y(bin.Accuracy), 4);
        }

        return picture.ToString();
    }

    // Wilson 1927.
    private static Interval Wilson(ReliabilityBin bin)
    {
        var (n, p) = ((double)bin.Count, bin.Accuracy);
        var (centre, spread) = (p + Z * Z / (2 * n), Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)));
        return new Interval((centre - spread) / (1 + Z * Z / n), (centre + spread) / (1 + Z * Z / n));
    }
}
