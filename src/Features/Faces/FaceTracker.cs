namespace Emotion.Features.Faces;

/// <summary>
/// Joins the faces of successive pictures into tracks, one per person as long as they stay in sight: the pairs of track and face
/// that fit best first, by overlap, then by distance of centres. Pictures come in order of time, across segments of a clip, so that
/// ids are stable. Bounded: at most <see cref="FaceTrackSpec.MaximumTracks"/> tracks ever. Not thread-safe.
/// </summary>
public sealed class FaceTracker(FaceTrackSpec spec)
{
    private readonly List<Track> _tracks = [];
    private double _timeSeconds = double.NegativeInfinity;

    public int TrackCount => _tracks.Count;

    /// <summary>Takes in the faces of the picture at <paramref name="timeSeconds"/>.</summary>
    /// <param name="timeSeconds">Not before the picture before.</param>
    /// <param name="faces">Boxes, the most certain first: where tracks run out, later ones get none.</param>
    /// <param name="ids">For each face its track, 0 for the first of the clip, or -1 where there were too many.</param>
    public void Add(double timeSeconds, ReadOnlySpan<FaceBox> faces, Span<int> ids)
    {
        if (!(timeSeconds >= _timeSeconds))
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeSeconds), timeSeconds, $"Pictures come in order of time; the last was at {_timeSeconds} s.");
        }

        _timeSeconds = timeSeconds;
        ids[..faces.Length].Fill(-1);
        foreach (var (_, track, face) in Candidates(timeSeconds, faces).OrderByDescending(pair => pair.Affinity))
        {
            if (ids[face] < 0 && _tracks[track].SeenSeconds < timeSeconds)
            {
                Assign(track, face, timeSeconds, faces, ids);
            }
        }

        for (var face = 0; face < faces.Length && _tracks.Count < spec.MaximumTracks; face++)
        {
            if (ids[face] < 0)
            {
                _tracks.Add(new Track());
                Assign(_tracks.Count - 1, face, timeSeconds, faces, ids);
            }
        }
    }

    private void Assign(int track, int face, double timeSeconds, ReadOnlySpan<FaceBox> faces, Span<int> ids)
    {
        ids[face] = track;
        _tracks[track].Box = faces[face];
        _tracks[track].SeenSeconds = timeSeconds;
    }

    private List<(float Affinity, int Track, int Face)> Candidates(double timeSeconds, ReadOnlySpan<FaceBox> faces)
    {
        var candidates = new List<(float, int, int)>();
        for (var track = 0; track < _tracks.Count; track++)
        {
            if (timeSeconds - _tracks[track].SeenSeconds > spec.MaximumGapSeconds)
            {
                continue;
            }

            for (var face = 0; face < faces.Length; face++)
            {
                if (Affinity(_tracks[track].Box, faces[face]) is { } affinity)
                {
                    candidates.Add((affinity, track, face));
                }
            }
        }

        return candidates;
    }

    // Overlaps rank above distances: 1 to 2 against 0 to 1.
    private float? Affinity(FaceBox a, FaceBox b)
    {
        var overlap = a.Overlap(b);
        if (overlap >= spec.MinimumOverlap)
        {
            return 1 + overlap;
        }

        var side = (a.Width + a.Height + b.Width + b.Height) / 4;
        var (dx, dy) = ((a.Left + a.Right - b.Left - b.Right) / 2, (a.Top + a.Bottom - b.Top - b.Bottom) / 2);
        var distance = MathF.Sqrt(dx * dx + dy * dy) / side;
        return distance <= spec.MaximumCentreDistance ? 1 - distance / spec.MaximumCentreDistance : null;
    }

    private sealed class Track
    {
        public FaceBox Box { get; set; }
        public double SeenSeconds { get; set; } = double.NegativeInfinity;
    }
}
