using System.Globalization;
using System.Text;
using Emotion.Gateway.Api;

namespace Emotion.Gateway.Renderings;

/// <summary>The answers over time as subtitles for players: a cue for each window, the fused answer on its first line. Never a word of the transcript.</summary>
internal static class EmotionCaptions
{
    public static string WriteWebVtt(Analysis analysis)
    {
        var text = new StringBuilder("WEBVTT\n\nNOTE An estimate of expressed emotion, not of inner state.\n");
        Cues(text, analysis, '.');
        return text.ToString();
    }

    public static string WriteSubRip(Analysis analysis)
    {
        var text = new StringBuilder();
        Cues(text, analysis, ',');
        return text.ToString();
    }

    private static void Cues(StringBuilder text, Analysis analysis, char decimalSign)
    {
        for (var i = 0; i < analysis.Windows.Count; i++)
        {
            var window = analysis.Windows[i];
            text.Append(text.Length > 0 ? "\n" : "")
                .Append(CultureInfo.InvariantCulture, $"{i + 1}\n{Time(window.Start, decimalSign)} --> {Time(window.End, decimalSign)}\n");
            foreach (var row in TimelineRow.Of(window))
            {
                text.Append(CultureInfo.InvariantCulture, $"{row.Name}: ").Append(Said(row)).Append('\n');
            }
        }
    }

    private static string Said(TimelineRow row) => row.Prediction is null
        ? row.ReasonWord
        : string.Create(CultureInfo.InvariantCulture, $"{row.Prediction} {row.Probability * 100:0} %{(row.IsUncertain ? " (uncertain)" : "")}");

    private static string Time(double seconds, char decimalSign)
    {
        var time = TimeSpan.FromMilliseconds(Math.Round(seconds * 1000));
        return string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}{decimalSign}{time.Milliseconds:000}");
    }
}
