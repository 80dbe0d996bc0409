using System.Runtime.CompilerServices;
using Emotion.Contracts.Video.V1;
using Emotion.Media;
using Google.Protobuf;

namespace Emotion.Gateway.Analyses;

/// <summary>
/// The face frames of a clip's segments, on disk from their coming until the sequence call has them: segments come in any order, the call
/// wants order of time and may have to be sent again, and a long clip has more of them than memory should hold. Disposal deletes them.
/// </summary>
internal sealed class FaceFrameSpool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly WorkFolder _folder;
    private readonly FileStream _file;
    private readonly SortedDictionary<int, Segment> _segments = [];

    public FaceFrameSpool(FFMpegGuard guard)
    {
        _folder = guard.CreateFolder();
        try
        {
            _file = new FileStream(_folder.PathOf("faces"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>Segments that were answered.</summary>
    public int Segments => _segments.Count;

    /// <summary>Sampled pictures, with a face or without.</summary>
    public long Pictures { get; private set; }

    public long FaceFrames { get; private set; }

    /// <summary>Takes in what was found in one segment. May be called from several threads, and not while frames are read.</summary>
    public void Add(int segment, AnalyzeSegmentResponse answer)
    {
        lock (_lock)
        {
            _segments[segment] = new Segment(_file.Position, answer.FaceFrames.Count);
            Pictures += answer.Pictures;
            FaceFrames += answer.FaceFrames.Count;
            foreach (var frame in answer.FaceFrames)
            {
                frame.WriteDelimitedTo(_file);
            }
        }
    }

    /// <summary>All face frames in order of time, in batches; as often as it is asked for.</summary>
    public async IAsyncEnumerable<IReadOnlyList<FaceFrame>> ReadAsync(int batch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _file.FlushAsync(cancellationToken);
        var frames = new List<FaceFrame>(batch);
        foreach (var segment in _segments.Values)
        {
            _file.Position = segment.Position;
            for (var i = 0; i < segment.Count; i++)
            {
                frames.Add(FaceFrame.Parser.ParseDelimitedFrom(_file));
                if (frames.Count == batch)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return frames;
                    frames = new List<FaceFrame>(batch);
                }
            }
        }

        if (frames.Count > 0)
        {
            yield return frames;
        }
    }

    public void Dispose()
    {
        try
        {
            _file.Dispose(); // Writes what it holds: that may fail on a full disk.
        }
        finally
        {
            _folder.Dispose();
        }
    }

    /// <summary>Where its frames lie in the file.</summary>
    private readonly record struct Segment(long Position, int Count);
}
