using System.Globalization;
using System.Text;

namespace Emotion.Gateway.Overlays;

/// <summary>
/// Writes Advanced SubStation Alpha as libass reads it: shapes and words at places of the picture, for a time. The place is that of the upper left corner.
/// <code>
/// Dialogue: 0,0:00:01.20,0:00:01.40,D,,0,0,0,,{\an7\pos(0,0)\bord0\1c&amp;HE9B456&amp;\p1}m 10 20 l 110 20 110 120 10 120
/// </code>
/// </summary>
internal sealed class AssScript
{
    private readonly StringBuilder _text = new();

    public AssScript(int width, int height) => _text.Append(CultureInfo.InvariantCulture, $"""
        [Script Info]
        ScriptType: v4.00+
        PlayResX: {width}
        PlayResY: {height}
        ScaledBorderAndShadow: yes
        WrapStyle: 2

        [V4+ Styles]
        Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
        Style: D,DejaVu Sans,16,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1

        [Events]
        Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text

        """);

    /// <param name="colour">As in HTML: <c>#e69f00</c>.</param>
    public void Fill(double start, double end, Box box, string colour) =>
        Event(0, start, end, $@"\bord0\1c{Bgr(colour)}\p1", Shape(box));

    public void Outline(double start, double end, Box box, string colour, double thickness) =>
        Event(1, start, end, string.Create(CultureInfo.InvariantCulture, $@"\bord{thickness:0.#}\1a&HFF&\3c{Bgr(colour)}\p1"), Shape(box));

    /// <param name="words">Ours: nothing in them is taken for a command.</param>
    public void Write(double start, double end, double left, double top, double size, string colour, string words) =>
        Event(2, start, end, string.Create(CultureInfo.InvariantCulture, $@"\pos({left:0.#},{top:0.#})\fs{size:0.#}\bord{size / 12:0.#}\1c{Bgr(colour)}\3c&H1B1614&"), words, isPlaced: true);

    public override string ToString() => _text.ToString();

    private static string Shape(Box box) => string.Create(
        CultureInfo.InvariantCulture,
        $"m {box.Left:0} {box.Top:0} l {box.Left + box.Width:0} {box.Top:0} {box.Left + box.Width:0} {box.Top + box.Height:0} {box.Left:0} {box.Top + box.Height:0}");

    private static string Bgr(string colour) => $"&H{colour[5..7]}{colour[3..5]}{colour[1..3]}&".ToUpperInvariant();

    private static string Time(double seconds)
    {
        var hundredths = (long)Math.Round(Math.Max(0, seconds) * 100);
        return string.Create(CultureInfo.InvariantCulture, $"{hundredths / 360_000}:{hundredths / 6000 % 60:00}:{hundredths / 100 % 60:00}.{hundredths % 100:00}");
    }

    private void Event(int layer, double start, double end, string style, string content, bool isPlaced = false)
    {
        var place = isPlaced ? "" : @"\pos(0,0)";
        _text.Append(CultureInfo.InvariantCulture, $@"Dialogue: {layer},{Time(start)},{Time(end)},D,,0,0,0,,{{\an7{place}{style}}}{content}").Append('\n');
    }
}

/// <summary>In pixels.</summary>
internal readonly record struct Box(double Left, double Top, double Width, double Height);
