using Emotion.Contracts.Audio.V1;
using Emotion.Contracts.Common.V1;
using Emotion.Contracts.Video.V1;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// Which face the fused answer uses. The one that speaks, when a mouth clearly moves with the sound; else the largest and longest,
/// which is the order that the video service numbers faces in.
/// </summary>
public static class SpeakingFace
{
    /// <summary>Sound levels come at this step, see audio.proto.</summary>
    private const double LevelStepSeconds = 0.1;

    /// <summary>Fewer common moments tell nothing.</summary>
    private const int MinimumMoments = 10;

    /// <summary>
    /// Below it, a mouth is not said to move with the sound. Over a window of 4 s at 5 pictures a second (20 moments), unrelated values
    /// reach it in about one of a hundred cases (t test of Pearson's r).
    /// </summary>
    private const double MinimumCorrelation = 0.5;

    /// <summary>The runner-up must be behind by this.</summary>
    private const double MinimumLead = 0.15;

    /// <summary>The choice per window that holds a readable face, and for the clip: the face of most windows.</summary>
    public sealed record Choice(IReadOnlyDictionary<uint, TrackWindow> ByWindow, uint? Clip);

    /// <param name="windows">The clip's window plan.</param>
    /// <param name="faces">What the video service found per window and face; without a posterior it cannot be chosen.</param>
    /// <param name="sound">What the audio service found per window; empty without sound.</param>
    public static Choice Choose(
        IReadOnlyList<ClipWindow> windows, IReadOnlyList<TrackWindow> faces, IReadOnlyDictionary<uint, ClassifyResponse> sound)
    {
        var readable = faces.Where(face => face.OutcomeCase == TrackWindow.OutcomeOneofCase.Posterior).ToList();
        var moments = readable.ToDictionary(face => face, face => Moments(windows[(int)face.WindowIndex], face, sound));
        var ofClip = Speaker(readable.GroupBy(face => face.FaceId), face => moments[face]);

        var chosen = new Dictionary<uint, TrackWindow>();
        foreach (var window in readable.GroupBy(face => face.WindowIndex))
        {
            var speaker = Speaker(window.GroupBy(face => face.FaceId), face => moments[face]) ?? ofClip;
            chosen[window.Key] = window.FirstOrDefault(face => face.FaceId == speaker) ?? window.MinBy(face => face.FaceId)!;
        }

        var clip = chosen.Values.GroupBy(face => face.FaceId)
            .OrderByDescending(windowsOfFace => windowsOfFace.Count())
            .ThenBy(windowsOfFace => windowsOfFace.Key)
            .FirstOrDefault();
        return new Choice(chosen, clip?.Key);
    }

    private static uint? Speaker(IEnumerable<IGrouping<uint, TrackWindow>> faces, Func<TrackWindow, List<(double Mouth, double Level)>> moments)
    {
        var ranked = faces
            .Select(face => (Id: face.Key, Moves: Correlation([.. face.SelectMany(moments)])))
            .OrderByDescending(face => face.Moves)
            .ToList();
        return ranked is [var first, ..]
            && first.Moves >= MinimumCorrelation
            && (ranked.Count == 1 || first.Moves - ranked[1].Moves >= MinimumLead)
            ? first.Id
            : null;
    }

    private static List<(double Mouth, double Level)> Moments(
        ClipWindow window, TrackWindow face, IReadOnlyDictionary<uint, ClassifyResponse> sound)
    {
        if (!sound.TryGetValue(face.WindowIndex, out var answer) || answer.LevelDb.Count == 0)
        {
            return [];
        }

        var moments = new List<(double, double)>(face.MouthOpening.Count);
        foreach (var mouth in face.MouthOpening)
        {
            var step = (int)((mouth.Seconds - window.StartSeconds) / LevelStepSeconds);
            if (step >= 0 && step < answer.LevelDb.Count)
            {
                moments.Add((mouth.Value, answer.LevelDb[step]));
            }
        }

        return moments;
    }

    /// <summary>Pearson's; 0 where it is not defined or rests on too little.</summary>
    private static double Correlation(IReadOnlyList<(double X, double Y)> pairs)
    {
        if (pairs.Count < MinimumMoments)
        {
            return 0;
        }

        var (meanX, meanY) = (pairs.Average(pair => pair.X), pairs.Average(pair => pair.Y));
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        foreach (var (x, y) in pairs)
        {
            xx += (x - meanX) * (x - meanX);
            yy += (y - meanY) * (y - meanY);
            xy += (x - meanX) * (y - meanY);
        }

        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : 0;
    }
}
