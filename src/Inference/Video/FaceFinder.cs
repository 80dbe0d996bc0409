using Emotion.Features.Faces;
using Emotion.Media;

namespace Emotion.Inference.Video;

/// <summary>
/// The faces of one segment's pictures, in order of time. The detector sees a segment's first picture, the first after a cut, and those
/// whose number in the clip is a multiple of the spec's interval; between them each face is followed, and where one of them is lost
/// the detector sees that picture too, and all that follow for as long as a track waits for its face: seen late, it would be another one's.
/// So it is where a segment begins within the clip, before which a face may have been lost. One per segment; not thread-safe.
/// </summary>
public sealed class FaceFinder(FaceDetector detector, FaceFrameSpec spec)
{
    private readonly List<FaceFollower> _followers = [];
    private FaceDetection[] _faces = [];
    private bool _followed;
    private double _searchUntil = double.NegativeInfinity;

    /// <summary>The picture's <see cref="SceneSignature"/>; a new array for each picture.</summary>
    public byte[] Scene { get; private set; } = [];

    /// <summary>Cuts up to the last picture.</summary>
    public int Cuts { get; private set; }

    /// <summary>Pictures that the detector saw.</summary>
    public int Searched { get; private set; }

    /// <summary>Faces of the next picture, the largest first where the detector saw it; valid until the next call.</summary>
    public ReadOnlySpan<FaceDetection> Next(VideoFrame frame)
    {
        var picture = new RgbPicture(frame.Pixels.Span, frame.Width, frame.Height);
        var before = Scene;
        Scene = new byte[SceneSignature.Length];
        SceneSignature.Write(picture, Scene);
        var number = (long)Math.Round(frame.Seconds * spec.PicturesPerSecond);
        var (first, cut) = (before.Length == 0, SceneSignature.Differ(before, Scene));
        Cuts += cut ? 1 : 0;
        if (first || cut || number % spec.Detector.DetectEvery == 0 || frame.Seconds <= _searchUntil || !TryFollow(picture))
        {
            var faces = _faces.Length;
            Search(picture);
            if (first ? number > 0 : !cut && _faces.Length < faces)
            {
                SearchFrom(frame.Seconds);
            }
        }

        return _faces;
    }

    private void SearchFrom(double seconds)
    {
        if (spec.Detector.Follow is not null)
        {
            _searchUntil = seconds + spec.Tracks.MaximumGapSeconds;
        }
    }

    private void Search(RgbPicture picture)
    {
        Searched++;
        _faces = detector.Detect(picture);
        _followed = true;
        if (spec.Detector is not { DetectEvery: > 1, Follow: { } follow })
        {
            return;
        }

        for (var i = 0; i < _faces.Length; i++)
        {
            if (i == _followers.Count)
            {
                _followers.Add(new FaceFollower(spec, follow));
            }

            _followed &= _followers[i].Remember(picture, _faces[i].Box, _faces[i].Landmarks);
        }
    }

    private bool TryFollow(RgbPicture picture)
    {
        if (spec.Detector.Follow is not { } follow)
        {
            return true;
        }

        for (var i = 0; i < _faces.Length && _followed; i++)
        {
            var correlation = _followers[i].Follow(picture, out var box, out var landmarks);
            _followed = correlation >= follow.MinimumCorrelation;
            _faces[i] = _faces[i] with { Box = box, Landmarks = landmarks };
        }

        _followed &= !Collapsed();
        return _followed;
    }

    // Each face is looked for by itself, so of two that come close both may end on one.
    private bool Collapsed()
    {
        for (var i = 0; i < _faces.Length; i++)
        {
            for (var j = i + 1; j < _faces.Length; j++)
            {
                if (_faces[i].Box.Overlap(_faces[j].Box) > spec.Detector.MaximumOverlap)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
