using System.Globalization;
using System.Security;
using System.Text;

namespace Emotion.Training.Reports;

/// <summary>
/// A drawing as SVG that reads in light and in dark: it has a ground of its own, and its colours follow the reader's scheme
/// (<c>prefers-color-scheme</c>) where the viewer tells it. Lengths are pixels.
/// </summary>
public sealed class SvgPicture
{
    private const string Style = """
        <style>
          text { font-family: system-ui, sans-serif; font-size: 12px; fill: #1f2328 }
          .title { font-size: 14px; font-weight: 600 }
          .quiet { fill: #59636e }
          .small { font-size: 10px }
          .cell { fill: #000000 }
          .inverse { fill: #ffffff }
          .ground { fill: #ffffff; stroke: #d1d9e0 }
          .grid { stroke: #d1d9e0; fill: none }
          .line { stroke: #0b57d0; stroke-width: 2; fill: none }
          .mark { fill: #0b57d0 }
          .area { fill: #0842a0 }
          .guide { stroke: #59636e }
          @media (prefers-color-scheme: dark) {
            text, .cell, .inverse { fill: #f0f6fc }
            .quiet { fill: #9198a1 }
            .ground { fill: #0d1117; stroke: #3d444d }
            .grid { stroke: #3d444d }
            .line { stroke: #6cb0ff }
            .mark { fill: #6cb0ff }
            .area { fill: #1f6feb }
            .guide { stroke: #9198a1 }
          }
        </style>
        """;

    private readonly StringBuilder _text = new();

    /// <param name="width">Of the drawing.</param>
    /// <param name="height">Of the drawing.</param>
    /// <param name="title">Also for people who hear the page.</param>
    public SvgPicture(int width, int height, string title)
    {
        Add($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{Escaped(title)}">""");
        Add($"<title>{Escaped(title)}</title>");
        Add($"{Style}");
        Add($"""<rect class="ground" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="6"/>""");
        Text(width / 2.0, 24, title, "title");
    }

    /// <param name="anchor"><c>start</c>, <c>middle</c> or <c>end</c>.</param>
    public SvgPicture Text(double x, double y, string text, string style = "", string anchor = "middle") =>
        Add($"""<text class="{style}" x="{x:0.##}" y="{y:0.##}" text-anchor="{anchor}">{Escaped(text)}</text>""");

    /// <summary>Text that is read from below.</summary>
    public SvgPicture TextUpwards(double x, double y, string text, string style) =>
        Add($"""<text class="{style}" transform="translate({x:0.##} {y:0.##}) rotate(-90)" text-anchor="middle">{Escaped(text)}</text>""");

    public SvgPicture Area(double x, double y, double width, double height, double opacity) =>
        Add($"""<rect class="area" x="{x:0.##}" y="{y:0.##}" width="{width:0.##}" height="{height:0.##}" fill-opacity="{opacity:0.###}"/>""");

    public SvgPicture Line(double x1, double y1, double x2, double y2, string style, string dashes = "none") =>
        Add($"""<line class="{style}" x1="{x1:0.##}" y1="{y1:0.##}" x2="{x2:0.##}" y2="{y2:0.##}" stroke-dasharray="{dashes}"/>""");

    public SvgPicture Path(IEnumerable<(double X, double Y)> points, string style) =>
        Add($"""<polyline class="{style}" points="{string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.##},{point.Y:0.##}")))}"/>""");

    public SvgPicture Dot(double x, double y, double radius) => Add($"""<circle class="mark" cx="{x:0.##}" cy="{y:0.##}" r="{radius:0.##}"/>""");

    public override string ToString() => _text + "</svg>\n";

    private static string Escaped(string text) => SecurityElement.Escape(text);

    private SvgPicture Add(FormattableString element)
    {
        _text.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
        return this;
    }
}
