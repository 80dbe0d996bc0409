using Emotion.Features;
using Emotion.Features.Faces;

namespace Emotion.Inference.Video;

/// <summary>
/// The face frames of one clip, as they come, to tracks and windows. Tracks end where the scene does, and each is read window by window, so
/// nothing before a cut is read as one sequence with what lies after it. A window is read as soon as it is over, and its embeddings are let
/// go: what grows with the clip is where faces were and what was answered. Not thread-safe.
/// </summary>
public sealed class SequenceRun
{
    private readonly WindowReader _reader;
    private readonly int _embeddingLength, _maximumTracks, _maximumFaces;
    private readonly IReadOnlyList<ClipWindow> _windows;
    private readonly FaceTracker _tracker;
    private readonly List<FaceFrame> _picture = [];
    private readonly SortedDictionary<int, Track> _tracks = [];
    private readonly SortedDictionary<int, List<FaceFrame>> _open = [];
    private readonly List<TrackWindow> _read = [];
    private FaceFrame? _last;
    private int _window;
    private long _count;

    internal SequenceRun(
        SequenceModel model, FaceFrameSpec faces, int embeddingLength, IReadOnlyList<ClipWindow> windows, TrackOptions options)
    {
        if (windows.Count == 0)
        {
            throw new InvalidInputException("The plan has no window.");
        }

        if (windows.Zip(windows.Skip(1)).Any(pair => pair.Second.StartSeconds < pair.First.EndSeconds))
        {
            throw new InvalidInputException("The windows of the plan overlap, or are not in order.");
        }

        _reader = new WindowReader(model, options.Heat);
        _embeddingLength = embeddingLength;
        _maximumTracks = Math.Min(faces.Tracks.MaximumTracks, options.MaximumFaces);
        _maximumFaces = faces.Detector.MaximumFaces;
        _windows = windows;
        _tracker = new FaceTracker(faces.Tracks);
    }

    /// <summary>Takes in the next face frame.</summary>
    /// <param name="frame">Of the same picture as the one before it, or of a later one.</param>
    /// <exception cref="InvalidInputException">Times that go back, or an embedding that cannot be one of this model.</exception>
    public void Add(FaceFrame frame)
    {
        Check(frame);
        if (_picture.Count > 0 && frame.Seconds > _picture[0].Seconds)
        {
            Join();
        }

        if (_picture.Count == _maximumFaces)
        {
            throw new InvalidInputException($"The picture at {frame.Seconds} s shows more than {_maximumFaces} faces.");
        }

        _picture.Add(frame);
        _count++;
    }

    /// <summary>The answer, after the last face frame.</summary>
    public SequenceResult Finish()
    {
        using var activity = InferenceInstruments.Activities.StartActivity("video.sequence");
        Join();
        while (_window < _windows.Count)
        {
            Read();
        }

        var kept = _tracks.OrderByDescending(track => track.Value.Area).Take(_maximumTracks).ToList();
        var numbers = kept.Select((track, index) => (track.Key, Number: index + 1)).ToDictionary(pair => pair.Key, pair => pair.Number);
        var byWindow = _read.Where(window => numbers.ContainsKey(window.FaceId))
            .Select(window => window with { FaceId = numbers[window.FaceId] })
            .ToLookup(window => window.Window);
        var windows = _windows.SelectMany(window => byWindow[window].OrderBy(one => one.FaceId).DefaultIfEmpty(WindowReader.NoFace(window))).ToList();
        var ofFace = windows.Where(window => window.Posterior.Length > 0).ToLookup(window => window.FaceId);
        return new SequenceResult([.. kept.Select(track => track.Value.Told(numbers[track.Key], ofFace[numbers[track.Key]]))], windows);
    }

    private void Check(FaceFrame frame)
    {
        if (_picture.Count > 0 ? !(frame.Seconds >= _picture[0].Seconds) : !double.IsFinite(frame.Seconds))
        {
            throw new InvalidInputException(
                $"Face frame {_count} is at {frame.Seconds} s, after one at {_picture.FirstOrDefault()?.Seconds} s.");
        }

        if (frame.Embedding.Length is var length && length != 0 && length != _embeddingLength)
        {
            throw new InvalidInputException($"Face frame {_count} has {length} embedding values instead of {_embeddingLength}.");
        }

        if (((ReadOnlySpan<float>)frame.Embedding).ContainsAnyNotFinite())
        {
            throw new InvalidInputException($"Face frame {_count} has embedding values that are not finite.");
        }

        if (frame.Embedding.Length > 0 && frame.Posterior.Length != EmotionLabels.Count)
        {
            throw new InvalidInputException($"Face frame {_count} has {frame.Posterior.Length} probabilities instead of {EmotionLabels.Count}.");
        }
    }

    // Within a segment cuts are told at decode, from pictures with and without faces; each segment is decoded by itself.
    private static bool IsCut(FaceFrame before, FaceFrame after) => before.Segment is { } segment && after.Segment == segment
        ? before.Cuts != after.Cuts
        : SceneSignature.Differ(before.Scene, after.Scene);

    // The faces of a picture that is complete.
    private void Join()
    {
        if (_picture.Count == 0)
        {
            return;
        }

        var seconds = _picture[0].Seconds;
        if (_last is { } last && IsCut(last, _picture[0]))
        {
            _tracker.Cut();
        }

        _last = _picture[^1];
        while (_window < _windows.Count && _windows[_window].EndSeconds <= seconds)
        {
            Read();
        }

        var inside = _window < _windows.Count && seconds >= _windows[_window].StartSeconds;
        var boxes = _picture.ConvertAll(frame => frame.Box).ToArray();
        var ids = new int[boxes.Length];
        _tracker.Add(seconds, boxes, ids);
        for (var i = 0; i < ids.Length; i++)
        {
            if (!_tracks.TryGetValue(ids[i], out var track))
            {
                _tracks[ids[i]] = track = new Track();
            }

            track.See(seconds, boxes[i]);
            if (inside)
            {
                (_open.TryGetValue(ids[i], out var frames) ? frames : _open[ids[i]] = []).Add(_picture[i]);
            }
        }

        _picture.Clear();
    }

    // The window that is over.
    private void Read()
    {
        _read.AddRange(_reader.Read(_windows[_window++], _open));
        _open.Clear();
    }

    /// <summary>Where a face was.</summary>
    private sealed class Track
    {
        private readonly List<(double Seconds, FaceBox Box)> _boxes = [];

        public double Area { get; private set; }

        public void See(double seconds, FaceBox box)
        {
            _boxes.Add((seconds, box));
            Area += box.Area;
        }

        public FaceTrack Told(int number, IEnumerable<TrackWindow> answers)
        {
            var mean = new double[EmotionLabels.Count];
            var weight = 0;
            foreach (var window in answers)
            {
                weight += window.FaceFrames;
                for (var i = 0; i < mean.Length; i++)
                {
                    mean[i] += window.FaceFrames * (double)window.Posterior[i];
                }
            }

            return new FaceTrack(
                number, _boxes[0].Seconds, _boxes[^1].Seconds, _boxes, weight == 0 ? [] : Array.ConvertAll(mean, sum => (float)(sum / weight)));
        }
    }
}
