using Emotion.Features;

namespace Emotion.Inference.Video;

/// <summary>The face frames of one window, by track, to what each track says in it.</summary>
/// <param name="heat">Whether to say which frames mattered.</param>
internal sealed class WindowReader(SequenceModel model, bool heat)
{
    public static TrackWindow NoFace(ClipWindow window) =>
        new(window, 0, [], [], 0, 0, [], [], new(AbstentionReason.NoFace, "No face was followed in this window."));

    /// <param name="tracks">By any number; none without frames.</param>
    public IEnumerable<TrackWindow> Read(ClipWindow window, IReadOnlyDictionary<int, List<FaceFrame>> tracks)
    {
        var readable = tracks.ToDictionary(track => track.Key, track => track.Value.FindAll(frame => frame.Embedding.Length > 0));
        var answered = readable.Where(track => track.Value.Count >= model.Spec.MinimumFaceFrames).ToList();
        var answers = model.Answer(answered.ConvertAll(track => track.Value));
        var byTrack = answered.Select((track, row) => (track.Key, answers[row])).ToDictionary(pair => pair.Key, pair => pair.Item2);
        foreach (var (track, frames) in tracks)
        {
            var read = readable[track];
            var answer = byTrack.TryGetValue(track, out var some) ? some : (FaceAnswer?)null;
            yield return new TrackWindow(
                window,
                track,
                answer?.Posterior ?? [],
                answer?.Embedding ?? [],
                read.Count,
                frames.Average(frame => frame.Box.Area),
                frames.ConvertAll(frame => (frame.Seconds, frame.MouthOpening)),
                heat && answer is { } told ? Heat(read, told.Posterior) : [],
                answer is null ? Refusal(frames, read.Count) : null);
        }
    }

    // Each frame is left out once.
    private IReadOnlyList<(double Seconds, float Change)> Heat(List<FaceFrame> read, float[] posterior)
    {
        var frames = model.Taken(read);
        if (frames.Count < 2)
        {
            return [];
        }

        var prediction = Array.IndexOf(posterior, posterior.Max());
        var without = model.Answer([.. frames.Select((_, left) => frames.Where((_, i) => i != left).ToList())]);
        return [.. frames.Select((frame, i) => (frame.Seconds, posterior[prediction] - without[i].Posterior[prediction]))];
    }

    private Abstention Refusal(List<FaceFrame> frames, int readable)
    {
        var commonest = frames.Select(frame => frame.Refusal).OfType<Abstention>()
            .GroupBy(refusal => refusal.Reason).MaxBy(group => group.Count());
        return commonest is not null && commonest.Count() > readable
            ? commonest.First()
            : new(AbstentionReason.TooShort,
                $"The face is readable in {readable} pictures of this window; {model.Spec.MinimumFaceFrames} are needed.");
    }
}
