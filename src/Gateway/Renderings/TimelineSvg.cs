using System.Globalization;
using System.Text;
using System.Xml;
using Emotion.Features;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Renderings;

/// <summary>The answers over time as a picture: a row for the fused ones and one for each modality, in each window a stack of the eight probabilities.</summary>
internal static class TimelineSvg
{
    private const int Gutter = 54, Gap = 8, Above = 10, Axis = 24, Legend = 26, NarrowestWindow = 4, UsualWidth = 960, FusedHeight = 76, OtherHeight = 46;
    private const string Namespace = "http://www.w3.org/2000/svg", Ink = "#14161b";

    /// <summary>Shares below this many pixels are not drawn: nobody sees them, and long clips have many.</summary>
    private const double Least = 0.2;

    /// <summary>Okabe and Ito's palette, which colour-blind people can tell apart; the page has the same.</summary>
    private static readonly string[] Colours = ["#a3a8b3", "#56b4e9", "#e69f00", "#0072b2", "#d55e00", "#cc79a7", "#009e73", "#f0e442"];

    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800];

    /// <param name="emotion">One of <see cref="EmotionLabels.Names"/>.</param>
    public static string ColourOf(string emotion) => Colours[EmotionLabels.IndexOf(emotion)];

    public static string Write(Analysis analysis)
    {
        var seconds = Math.Max(analysis.Clip?.Seconds ?? 0, 0.1);
        var width = Math.Max(UsualWidth, Gutter + (analysis.Windows.Count * NarrowestWindow));
        var rows = Above + FusedHeight + Gap + ((TimelineRow.Names.Count - 1) * (OtherHeight + Gap));
        var text = new StringBuilder();
        using (var svg = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true }))
        {
            svg.WriteStartElement("svg", Namespace);
            var height = rows + Axis + Legend;
            Attributes(svg, ("viewBox", $"0 0 {width} {height}"), ("width", $"{width}"), ("height", $"{height}"), ("font-size", "12"),
                ("font-family", "system-ui, sans-serif"), ("role", "img"));
            svg.WriteElementString("title", Namespace, "Expressed emotions over time: an estimate, not of inner state");
            Element(svg, "rect", null, ("width", $"{width}"), ("height", $"{height}"), ("fill", "#ffffff"));
            double X(double second) => Gutter + (second / seconds * (width - Gutter - 1));
            Names(svg);
            foreach (var window in analysis.Windows)
            {
                Stacks(svg, TimelineRow.Of(window), X(window.Start) + 0.5, X(window.End) - 0.5);
            }

            Ticks(svg, seconds, width, rows, X);
            Key(svg, rows + Axis);
            svg.WriteEndElement();
        }

        return text.ToString();
    }

    private static void Names(XmlWriter svg)
    {
        var top = (double)Above;
        foreach (var name in TimelineRow.Names)
        {
            Element(svg, "text", name, ("x", "0"), ("y", Number(top + (Height(name) / 2) + 4)), ("fill", Ink));
            top += Height(name) + Gap;
        }
    }

    private static void Stacks(XmlWriter svg, IReadOnlyList<TimelineRow> rows, double left, double right)
    {
        var (top, width) = ((double)Above, Number(Math.Max(right - left, 0.5)));
        foreach (var row in rows)
        {
            var height = Height(row.Name);
            if (row.Shares.Count == 0)
            {
                Element(svg, "rect", null, ("x", Number(left)), ("y", Number(top)), ("width", width), ("height", Number(height)), ("fill", "none"),
                    ("stroke", Ink), ("stroke-opacity", "0.25"), ("stroke-dasharray", "4 4"));
            }

            var bottom = top + height;
            for (var label = 0; label < row.Shares.Count; label++)
            {
                var share = row.Shares[label] * height;
                bottom -= share;
                if (share >= Least)
                {
                    Element(svg, "rect", null, ("x", Number(left)), ("y", Number(bottom)), ("width", width), ("height", Number(share)), ("fill", Colours[label]));
                }
            }

            top += height + Gap;
        }
    }

    private static void Ticks(XmlWriter svg, double seconds, int width, double top, Func<double, double> x)
    {
        var step = Steps.FirstOrDefault(step => step / seconds * (width - Gutter) >= 48, 3600);
        for (var second = 0; second <= seconds; second += step)
        {
            var at = Number(x(second));
            Element(svg, "line", null, ("x1", at), ("x2", at), ("y1", Number(top - 2)), ("y2", Number(top + 4)), ("stroke", Ink), ("stroke-opacity", "0.5"));
            Element(svg, "text", string.Create(CultureInfo.InvariantCulture, $"{second / 60}:{second % 60:00}"),
                ("x", at), ("y", Number(top + 17)), ("fill", Ink), ("text-anchor", x(second) > width - 16 ? "end" : "middle"));
        }
    }

    private static void Key(XmlWriter svg, double top)
    {
        for (var label = 0; label < EmotionLabels.Count; label++)
        {
            var left = Gutter + (label * (UsualWidth - Gutter) / (double)EmotionLabels.Count);
            Element(svg, "rect", null, ("x", Number(left)), ("y", Number(top + 4)), ("width", "12"), ("height", "12"), ("fill", Colours[label]));
            Element(svg, "text", EmotionLabels.Names[label], ("x", Number(left + 17)), ("y", Number(top + 14)), ("fill", Ink));
        }
    }

    private static double Height(string row) => row == TimelineRow.Names[0] ? FusedHeight : OtherHeight;

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static void Element(XmlWriter svg, string name, string? content, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        svg.WriteStartElement(name, Namespace);
        Attributes(svg, attributes);
        svg.WriteString(content);
        svg.WriteEndElement();
    }

    private static void Attributes(XmlWriter svg, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            svg.WriteAttributeString(name, value);
        }
    }
}
