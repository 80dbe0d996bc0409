using System.Globalization;
using Emotion.Features;
using Emotion.Gateway.Api;
using Emotion.Gateway.Renderings;
using Emotion.Media;

namespace Emotion.Gateway.Overlays;

/// <summary>What is drawn of an answer: a box with its number around each face, moving with it, and below the picture the fused answer of each window as bars.</summary>
internal sealed class OverlayDrawing(Analysis answer, OverlayCanvas canvas, int maximumFaces)
{
    private const string Ink = "#ffffff", Faint = "#9aa0ab", Track = "#2a2e37";
    private const int Columns = 2;

    /// <summary>A face that was not seen for longer is not there, as far as anybody knows.</summary>
    private const double LongestGap = 1;

    /// <summary>Pictures are looked at some five times a second; in between a box moves in steps of this.</summary>
    private const double StepSeconds = 0.1;

    /// <summary>Of the last picture of a face.</summary>
    private const double LastSeconds = 0.2;

    private readonly AssScript _script = new(canvas.Width, canvas.Height + canvas.PanelHeight);

    private double Line => canvas.PanelHeight / 5.2;

    public string Draw()
    {
        foreach (var face in answer.Faces.Take(maximumFaces))
        {
            Follow(face);
        }

        foreach (var window in answer.Windows)
        {
            Tell(window);
        }

        return _script.ToString();
    }

    private void Follow(FaceAnswer face)
    {
        for (var i = 0; i < face.Boxes.Count; i++)
        {
            var box = face.Boxes[i];
            if (i == face.Boxes.Count - 1 || face.Boxes[i + 1].Time - box.Time > LongestGap)
            {
                Frame(face.Id, box.Time, box.Time + LastSeconds, box);
                continue;
            }

            var next = face.Boxes[i + 1];
            var steps = Math.Max(1, (int)Math.Round((next.Time - box.Time) / StepSeconds));
            for (var step = 0; step < steps; step++)
            {
                var (from, to) = ((double)step / steps, (step + 1.0) / steps);
                Frame(face.Id, Between(box.Time, next.Time, from), Between(box.Time, next.Time, to), Between(box, next, (from + to) / 2));
            }
        }
    }

    private void Frame(int id, double start, double end, FaceBox box)
    {
        var window = answer.Windows.FirstOrDefault(window => start >= window.Start && start < window.End);
        var found = window?.Faces.FirstOrDefault(face => face.Id == id);
        var isUsed = window is not null && window.Fused.Face == id;
        var colour = found is null ? Faint : TimelineSvg.ColourOf(found.Prediction);
        var place = new Box(box.Left * canvas.Width, box.Top * canvas.Height, box.Width * canvas.Width, box.Height * canvas.Height);
        var size = Math.Clamp(canvas.Height / 24.0, 11, 28);
        _script.Outline(start, end, place, colour, isUsed ? 3 : 1.5);
        _script.Write(start, end, place.Left, Math.Max(0, place.Top - (1.3 * size)), size, Ink, found is null ? $"{id}" : $"{id} {found.Prediction}");
    }

    private void Tell(WindowAnswer window)
    {
        var (start, end, left, top, size) = (window.Start, window.End, canvas.Width * 0.02, canvas.Height + (0.2 * Line), Line * 0.72);
        if (window.Fused.Posterior is not { } posterior || window.Fused.Prediction is not { } prediction)
        {
            _script.Write(start, end, left, top, size, Faint, "no answer");
            return;
        }

        var shares = TimelineRow.SharesOf(posterior);
        var probable = shares.Max().ToString("0%", CultureInfo.InvariantCulture);
        var doubt = window.Fused.Status == FusedStatus.Uncertain ? " (uncertain)" : "";
        _script.Write(start, end, left, top, size, TimelineSvg.ColourOf(prediction), $"{prediction} {probable}{doubt}");
        var (rows, column) = (EmotionLabels.Count / Columns, canvas.Width * 0.96 / Columns);
        for (var label = 0; label < EmotionLabels.Count; label++)
        {
            var (x, y) = (left + (label / rows * column), top + ((1 + (label % rows)) * Line));
            var name = size * 5.2;
            var track = new Box(x + name, y + (Line * 0.18), Math.Max(4, column - name - (canvas.Width * 0.03)), Line * 0.55);
            _script.Write(start, end, x, y, size, EmotionLabels.Names[label] == prediction ? Ink : Faint, EmotionLabels.Names[label]);
            _script.Fill(start, end, track, Track);
            if (shares[label] * track.Width >= 1)
            {
                _script.Fill(start, end, track with { Width = shares[label] * track.Width }, TimelineSvg.ColourOf(EmotionLabels.Names[label]));
            }
        }
    }

    private static FaceBox Between(FaceBox one, FaceBox other, double share) => new(
        Between(one.Time, other.Time, share), Between(one.Left, other.Left, share), Between(one.Top, other.Top, share),
        Between(one.Width, other.Width, share), Between(one.Height, other.Height, share));

    private static double Between(double one, double other, double share) => one + (share * (other - one));
}
