using Emotion.Features;
using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>
/// Joins the face frames of a clip into tracks, which end where the scene does, and runs the sequence network for each track and window:
/// so what lies before and after a cut is never read as one sequence.
/// </summary>
internal sealed class TrackClassifier(SequenceModel model, FaceTrackSpec tracks)
{
    /// <param name="frames">In order of time, over all segments.</param>
    /// <param name="windows">The plan, in order.</param>
    public SequenceResult Classify(IReadOnlyList<FaceFrame> frames, IReadOnlyList<ClipWindow> windows, CancellationToken cancellationToken)
    {
        var byTrack = Join(frames);
        var cells = new List<Cell>();
        foreach (var window in windows)
        {
            foreach (var (id, track) in byTrack)
            {
                var inside = track.FindAll(frame => frame.Seconds >= window.StartSeconds && frame.Seconds < window.EndSeconds);
                if (inside.Count > 0)
                {
                    cells.Add(new Cell(window, id, inside));
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var answered = cells.FindAll(cell => cell.Readable.Count >= model.Spec.MinimumFaceFrames);
        var answers = model.Run(answered.ConvertAll(cell => cell.Readable.ConvertAll(frame => frame.Embedding)));
        for (var i = 0; i < answers.Length; i++)
        {
            answered[i].Answer = answers[i];
        }

        var all = new List<TrackWindow>();
        foreach (var window in windows)
        {
            var before = all.Count;
            all.AddRange(cells.Where(cell => cell.Window == window).Select(Result));
            if (all.Count == before)
            {
                all.Add(new TrackWindow(window, 0, [], [], 0, 0, [], new(AbstentionReason.NoFace, "No face was followed in this window.")));
            }
        }

        return new SequenceResult([.. byTrack.Select(track => Track(track.Id, track.Frames, all))], all);
    }

    private List<(int Id, List<FaceFrame> Frames)> Join(IReadOnlyList<FaceFrame> frames)
    {
        var tracker = new FaceTracker(tracks);
        var byTrack = new SortedDictionary<int, List<FaceFrame>>();
        for (int first = 0, next; first < frames.Count; first = next)
        {
            for (next = first + 1; next < frames.Count && frames[next].Seconds == frames[first].Seconds; next++)
            {
            }

            if (first > 0 && SceneSignature.Differ(frames[first - 1].Scene, frames[first].Scene))
            {
                tracker.Cut();
            }

            var boxes = new FaceBox[next - first];
            for (var i = 0; i < boxes.Length; i++)
            {
                boxes[i] = frames[first + i].Box;
            }

            var ids = new int[boxes.Length];
            tracker.Add(frames[first].Seconds, boxes, ids);
            for (var i = 0; i < boxes.Length; i++)
            {
                if (!byTrack.TryGetValue(ids[i], out var track))
                {
                    byTrack[ids[i]] = track = [];
                }

                track.Add(frames[first + i]);
            }
        }

        return [.. byTrack.Values
            .OrderByDescending(track => track.Sum(frame => frame.Box.Area))
            .Take(tracks.MaximumTracks)
            .Select((track, index) => (index + 1, track))];
    }

    private TrackWindow Result(Cell cell) => new(
        cell.Window,
        cell.FaceId,
        cell.Answer?.Posterior ?? [],
        cell.Answer?.Embedding ?? [],
        cell.Readable.Count,
        cell.Frames.Average(frame => frame.Box.Area),
        cell.Frames.ConvertAll(frame => (frame.Seconds, frame.MouthOpening)),
        cell.Answer is null ? Refusal(cell) : null);

    private Abstention Refusal(Cell cell)
    {
        var commonest = cell.Frames.Select(frame => frame.Refusal).OfType<Abstention>()
            .GroupBy(refusal => refusal.Reason).MaxBy(group => group.Count());
        return commonest is not null && commonest.Count() > cell.Readable.Count
            ? commonest.First()
            : new(AbstentionReason.TooShort,
                $"The face is readable in {cell.Readable.Count} pictures of this window; {model.Spec.MinimumFaceFrames} are needed.");
    }

    private static FaceTrack Track(int id, List<FaceFrame> frames, List<TrackWindow> windows)
    {
        var mean = new double[EmotionLabels.Count];
        var weight = 0;
        foreach (var window in windows.Where(window => window.FaceId == id && window.Posterior.Length > 0))
        {
            weight += window.FaceFrames;
            for (var i = 0; i < mean.Length; i++)
            {
                mean[i] += window.FaceFrames * (double)window.Posterior[i];
            }
        }

        return new FaceTrack(
            id, frames[0].Seconds, frames[^1].Seconds, frames.ConvertAll(frame => (frame.Seconds, frame.Box)),
            weight == 0 ? [] : Array.ConvertAll(mean, sum => (float)(sum / weight)));
    }

    /// <summary>A track in a window.</summary>
    private sealed class Cell(ClipWindow window, int faceId, List<FaceFrame> frames)
    {
        public ClipWindow Window { get; } = window;

        public int FaceId { get; } = faceId;

        public List<FaceFrame> Frames { get; } = frames;

        public List<FaceFrame> Readable { get; } = frames.FindAll(frame => frame.Embedding.Length > 0);

        public FaceAnswer? Answer { get; set; }
    }
}
