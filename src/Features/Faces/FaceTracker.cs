namespace Emotion.Features.Faces;

/// <summary>
/// Joins the faces of successive pictures into tracks, one per person as long as they stay in sight. Each track expects its face where
/// its movement takes it, and the pairs of track and face are those that fit best together: by overlap, then by distance of centres,
/// less the more they differ in size, all of it alike in pixels and in shares of width and height. So ids outlast people who cross, and short losses. Nothing of how a face looks is kept. Pictures
/// come in order of time, across segments of a clip. Bounded by the faces of <see cref="FaceTrackSpec.MaximumGapSeconds"/>.
/// Not thread-safe.
/// </summary>
public sealed class FaceTracker(FaceTrackSpec spec)
{
    /// <summary>2 measures each direction in faces' sides of that direction; 1 measured both in the mean of width and height, which shares of a wide picture distort.</summary>
    public const int Revision = 2;

    /// <summary>Of sides: a face is not joined to one of half its size or twice.</summary>
    private const float MinimumSizeRatio = 0.5f;

    /// <summary>Of a face that is where its track was seen last instead of where it was expected.</summary>
    private const float StandingStill = 0.5f;

    private readonly List<Track> _live = [];
    private double _timeSeconds = double.NegativeInfinity;

    public int TrackCount { get; private set; }

    /// <summary>Ends all tracks: what comes next is another scene.</summary>
    public void Cut() => _live.Clear();

    /// <summary>Takes in the faces of the picture at <paramref name="timeSeconds"/>.</summary>
    /// <param name="timeSeconds">Not before the picture before.</param>
    /// <param name="faces">Boxes.</param>
    /// <param name="ids">For each face its track, 0 for the first of the clip.</param>
    public void Add(double timeSeconds, ReadOnlySpan<FaceBox> faces, Span<int> ids)
    {
        if (!(timeSeconds >= _timeSeconds))
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeSeconds), timeSeconds, $"Pictures come in order of time; the last was at {_timeSeconds} s.");
        }

        _timeSeconds = timeSeconds;
        _live.RemoveAll(track => timeSeconds - track.SeenSeconds > spec.MaximumGapSeconds);
        ids[..faces.Length].Fill(-1);
        var affinity = new double[_live.Count, faces.Length];
        for (var track = 0; track < _live.Count; track++)
        {
            var (expected, last) = (_live[track].Expected(timeSeconds), _live[track].Box);
            for (var face = 0; face < faces.Length; face++)
            {
                affinity[track, face] = Math.Max(Affinity(expected, faces[face]), StandingStill * Affinity(last, faces[face]));
            }
        }

        var pairs = Assignment.Maximise(affinity);
        for (var track = 0; track < pairs.Length; track++)
        {
            if (pairs[track] >= 0)
            {
                ids[pairs[track]] = _live[track].Id;
                _live[track].See(timeSeconds, faces[pairs[track]]);
            }
        }

        for (var face = 0; face < faces.Length; face++)
        {
            if (ids[face] < 0)
            {
                ids[face] = TrackCount++;
                _live.Add(new Track(ids[face], timeSeconds, faces[face]));
            }
        }
    }

    // Overlaps rank above distances: 1 to 2 against 0 to 1. 0 where they cannot be the same.
    private float Affinity(FaceBox a, FaceBox b)
    {
        var ratio = MathF.Sqrt(Math.Min(a.Area, b.Area) / Math.Max(a.Area, b.Area));
        if (!(ratio >= MinimumSizeRatio))
        {
            return 0;
        }

        var overlap = a.Overlap(b);
        if (overlap >= spec.MinimumOverlap)
        {
            return ratio * (1 + overlap);
        }

        // Each direction in sides of its own: the same in pixels as in shares of a picture of any shape.
        var (dx, dy) = ((a.Left + a.Right - b.Left - b.Right) / (a.Width + b.Width), (a.Top + a.Bottom - b.Top - b.Bottom) / (a.Height + b.Height));
        var distance = MathF.Sqrt(dx * dx + dy * dy);
        return Math.Max(0, ratio * (1 - distance / spec.MaximumCentreDistance));
    }

    private sealed class Track(int id, double seconds, FaceBox box)
    {
        /// <summary>Share of the newest movement in the speed: one picture's jitter does not throw a face off.</summary>
        private const float Newest = 0.5f;

        private float _right, _down;
        private bool _moved;

        public int Id { get; } = id;
        public FaceBox Box { get; private set; } = box;
        public double SeenSeconds { get; private set; } = seconds;

        public FaceBox Expected(double timeSeconds)
        {
            var passed = (float)(timeSeconds - SeenSeconds);
            return new FaceBox(
                Box.Left + _right * passed, Box.Top + _down * passed, Box.Right + _right * passed, Box.Bottom + _down * passed);
        }

        public void See(double timeSeconds, FaceBox face)
        {
            var passed = (float)(timeSeconds - SeenSeconds);
            if (passed > 0)
            {
                var share = _moved ? Newest : 1;
                _right += share * ((face.Left + face.Right - Box.Left - Box.Right) / 2 / passed - _right);
                _down += share * ((face.Top + face.Bottom - Box.Top - Box.Bottom) / 2 / passed - _down);
                _moved = true;
            }

            (Box, SeenSeconds) = (face, timeSeconds);
        }
    }
}
